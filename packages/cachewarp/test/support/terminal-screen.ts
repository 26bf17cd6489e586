/** What a terminal shows of what was written to it: as much of ECMA-48 as full-screen programs here use. */
export class TerminalScreen {
  #cells: string[][] = [];
  #row = 0;
  #column = 0;
  #rest = '';
  /** Whether the alternate screen is shown. */
  isAlternate = false;
  isCursorShown = true;
  /** Everything that was written, as it came. */
  written = '';

  get lines(): readonly string[] {
    return this.#cells.map((row) => Array.from(row, (cell) => cell ?? ' ').join(''));
  }

  get text(): string {
    return this.lines.map((line) => line.trimEnd()).join('\n');
  }

  write(text: string): void {
    this.written += text;
    // oxlint-disable-next-line no-control-regex -- that is what a terminal is sent
    for (const [part] of (this.#rest + text).matchAll(/\x1B\[[0-9;?]*[@-~]|\x1B[^[]?|\x1B\[[0-9;?]*$|[^\x1B]/gu)) {
      // oxlint-disable-next-line no-control-regex -- that is what a terminal is sent
      this.#rest = /^\x1B(?:\[[0-9;?]*)?$/.test(part) ? part : '';
      if (this.#rest !== '') return;
      if (part.startsWith('\x1B[')) this.#control(part);
      else if (part === '\r') this.#column = 0;
      else if (part === '\n') this.#row++;
      else if (!part.startsWith('\x1B')) this.#put(part);
    }
  }

  #control(sequence: string): void {
    const command = sequence.at(-1);
    const numbers = sequence.slice(2, -1);
    if (command === 'H') {
      const [row = '1', column = '1'] = numbers.split(';');
      this.#row = Number(row || 1) - 1;
      this.#column = Number(column || 1) - 1;
    } else if (command === 'J') this.#cells = [];
    else if (numbers === '?1049') this.isAlternate = command === 'h';
    else if (numbers === '?25') this.isCursorShown = command === 'h';
  }

  #put(character: string): void {
    const row = (this.#cells[this.#row] ??= []);
    row[this.#column++] = character;
    for (let at = 0; at < this.#row; at++) this.#cells[at] ??= [];
  }
}
