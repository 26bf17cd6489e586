import type { Mood } from './line.js';
import type { Subject, TableState } from './state.js';

/** A column of a table. */
export interface Column {
  readonly id: string;
  readonly title: string;
  readonly align: 'left' | 'right';
  /** Columns of text it is given; the first column takes what is left, and at least so many. */
  readonly width: number;
  /** Where there is no room, those with the highest number go first; 0 stays. */
  readonly rank: number;
}

export interface Cell {
  readonly text: string;
  /** What it sorts by; absent: its text. */
  readonly value?: number;
  readonly mood?: Mood;
}

/** A row of a table. */
export interface Row {
  readonly id: string;
  readonly cells: Readonly<Record<string, Cell>>;
  readonly subject?: Subject;
  /** Its name goes over all columns but the last. */
  readonly isAcross?: boolean;
  /** What the tail is filtered by when the row is opened. */
  readonly tailFilter?: string;
}

/** A table, before its order and filter. The first column is the name. */
export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** Rows keep their order: nothing sorts them. */
  readonly isOrdered?: boolean;
  /** Beside its title: what it is of. */
  readonly of: string;
  readonly whenEmpty: string;
}

/** The rows that are shown, in their order. */
export function arrange({ rows, isOrdered, columns }: Table, { sort, isReversed, filter }: TableState): readonly Row[] {
  const terms = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = terms.length === 0 ? rows : rows.filter((row) => matches(row, terms));
  if (isOrdered === true || sort === undefined) return shown;
  const isName = columns[0]?.id === sort;
  const direction = isReversed ? -1 : 1;
  return shown.toSorted((a, b) => {
    const [one, other] = [a.cells[sort], b.cells[sort]];
    // Numbers from the largest, text from its beginning.
    const order =
      one?.value === undefined && other?.value === undefined
        ? compare(one?.text ?? '', other?.text ?? '')
        : (other?.value ?? -Infinity) - (one?.value ?? -Infinity) || 0;
    if (isName) return direction * compare(a.id, b.id);
    return direction * order || compare(a.id, b.id);
  });
}

/** Place of the selected row among those shown; -1 where there is none. */
export function placeOf(rows: readonly Row[], { selected, place }: TableState): number {
  if (rows.length === 0) return -1;
  const at = selected === undefined ? -1 : rows.findIndex(({ id }) => id === selected);
  if (at !== -1) return at;
  return selected === undefined ? 0 : Math.min(place, rows.length - 1);
}

function matches({ cells, subject }: Row, terms: readonly string[]): boolean {
  const all = [...Object.values(cells).map(({ text }) => text), subject?.key, subject?.url].join(' ').toLowerCase();
  return terms.every((term) =>
    term.startsWith('-') && term.length > 1 ? !all.includes(term.slice(1)) : all.includes(term),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
