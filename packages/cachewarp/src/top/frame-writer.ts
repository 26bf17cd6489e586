const HOME = '\x1B[H';
const CLEAR = '\x1B[2J';
/** Terminals that know it show everything between the two at once; the others pass over it. */
const BEGIN = '\x1B[?2026h';
const END = '\x1B[?2026l';

/** Turns screens into the least that must be written to see them: the lines that changed, in one piece. */
export class FrameWriter {
  #shown: readonly string[] = [];

  /** What to write; undefined when nothing changed. @param lines - each as wide as the screen */
  next(lines: readonly string[]): string | undefined {
    const isAnew = this.#shown.length !== lines.length;
    const changed = lines.flatMap((line, row) =>
      isAnew || line !== this.#shown[row] ? [`\x1B[${row + 1};1H${line}`] : [],
    );
    this.#shown = lines;
    if (changed.length === 0) return undefined;
    return BEGIN + (isAnew ? HOME + CLEAR : '') + changed.join('') + END;
  }

  /** Forgets what is seen: the next screen is written whole. */
  forget(): void {
    this.#shown = [];
  }
}
