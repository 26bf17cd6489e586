/** How a piece of text is meant. Colours come last, and only where they are allowed. */
export type Mood = 'title' | 'strong' | 'dim' | 'good' | 'warn' | 'bad' | 'head' | 'selected';

/** A piece of a line. */
export interface Span {
  readonly text: string;
  readonly mood?: Mood | undefined;
}

/** A line of the screen. */
export type Line = readonly Span[];

export function span(text: string, mood?: Mood): Span {
  return mood === undefined ? { text } : { text, mood };
}

/** The text of a line alone. */
export function textOf(line: Line): string {
  return line.map(({ text }) => text).join('');
}
