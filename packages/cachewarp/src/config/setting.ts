/** Turns the text of a flag or a variable into the value of a setting. Text that does not fit stays text, for the check to name it. */
export type Reader = (text: string) => unknown;

/** One thing that can be set from the command line or the environment. In a file it stands under its path. */
export interface Setting {
  /** Where it stands in the configuration: `policy.defaultTtl`. */
  readonly path: string;
  /** Long flag without dashes. */
  readonly flag?: string;
  /** What stands for its value in the help; a flag without one is a switch. */
  readonly placeholder?: string;
  /** Names in the environment, the first that is set counts. The later ones are those of older set-ups. */
  readonly env: readonly string[];
  readonly read: Reader;
  readonly help: string;
  /** Never shown. */
  readonly isSecret?: boolean;
}

export const text: Reader = (given) => given;
export const number: Reader = (given) => (given.trim() === '' || Number.isNaN(Number(given)) ? given : Number(given));
/** `true` and `false`, as a variable holds them and as a flag without a value stands for. */
export const flag: Reader = (given) => (given === 'true' ? true : given === 'false' ? false : given);
/** Text with commas is a list. */
export const list: Reader = (given) => (given.includes(',') ? given.split(',').map((item) => item.trim()) : given);
