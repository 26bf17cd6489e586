/** Writes a line of a command's answer. */
export type Print = (line: string) => void;
