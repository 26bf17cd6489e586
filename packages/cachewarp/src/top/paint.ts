import { styleText } from 'node:util';
import type { Line, Mood } from './line.js';
import { clip, widthOf } from './text-width.js';

/** What a terminal can show. */
export interface Looks {
  readonly hasColors: boolean;
  /** Whether characters beyond ASCII come out as they are. */
  readonly isUnicode: boolean;
}

const FORMATS: Readonly<Record<Mood, Parameters<typeof styleText>[0]>> = {
  title: ['bold', 'cyan'],
  strong: 'bold',
  dim: 'dim',
  good: 'green',
  warn: 'yellow',
  bad: ['bold', 'red'],
  head: ['bold', 'underline'],
  selected: 'inverse',
};

const ASCII: Readonly<Record<string, string>> = {
  '…': '~',
  '–': '-',
  '›': '>',
  '▲': '^',
  '▼': 'v',
  '█': '#',
  '░': '.',
  '▏': '|',
  '↑': '^',
  '↓': 'v',
  '←': '<',
  '→': '>',
  '▁': '_',
  '▂': '.',
  '▃': '-',
  '▄': '=',
  '▅': '+',
  '▆': '*',
  '▇': '%',
};

/** A line as a terminal of so many columns takes it: exactly so wide, harmless whatever it says, in colours where they are allowed. */
export function paint(line: Line, columns: number, { hasColors, isUnicode }: Looks): string {
  let painted = '';
  let room = columns;
  for (const { text, mood } of line) {
    if (room <= 0) break;
    const clipped = clip(text, room);
    room -= widthOf(clipped);
    const shown = isUnicode ? clipped : asciiOf(clipped);
    // Whether colours are allowed has been decided already, for this terminal and by this environment.
    painted += hasColors && mood !== undefined ? styleText(FORMATS[mood], shown, { validateStream: false }) : shown;
  }
  return painted + ' '.repeat(Math.max(0, room));
}

/** As wide as it was. */
function asciiOf(text: string): string {
  return text.replace(/[^ -~]/gu, (character) => ASCII[character] ?? '?'.repeat(widthOf(character)));
}
