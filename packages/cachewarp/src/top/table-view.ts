import { span, type Line, type Span } from './line.js';
import type { TableState } from './state.js';
import type { Column, Row, Table } from './table.js';
import { fit } from './text-width.js';

const MARK = '› ';
const NO_MARK = '  ';
const GAP = 1;

/** What of a table is shown where. */
export interface TableWindow {
  readonly rows: readonly Row[];
  /** Place of the selected row; -1: none is. */
  readonly selected: number;
  readonly columns: number;
  readonly height: number;
}

/** Head and rows of a table: so many that the selected one is among them. */
export function tableLines(table: Table, { sort, isReversed }: TableState, shown: TableWindow): readonly Line[] {
  const columns = fitting(table.columns, shown.columns - MARK.length);
  const lines: Line[] = [headLine(columns, sort, isReversed)];
  const height = Math.max(1, shown.height - 1);
  const from = Math.max(0, Math.min(shown.selected - Math.floor(height / 2), shown.rows.length - height));
  for (const [index, row] of shown.rows.slice(from, from + height).entries()) {
    lines.push(rowLine(columns, row, from + index === shown.selected));
  }
  if (shown.rows.length === 0) {
    const isFiltered = table.rows.length > 0;
    lines.push([span(NO_MARK), span(isFiltered ? 'Nothing matches the filter.' : table.whenEmpty, 'dim')]);
  }
  return lines;
}

/** The columns that there is room for, the first with all that is left. */
function fitting(columns: readonly Column[], room: number): readonly Column[] {
  const [first, ...others] = columns as [Column, ...Column[]];
  let kept = others;
  const left = (): number => room - kept.reduce((total, { width }) => total + width + GAP, 0);
  // Where the name gets too little, another column goes.
  while (left() < first.width && kept.length > 1) {
    const least = kept.reduce((worst, column) => (column.rank >= worst.rank ? column : worst));
    kept = kept.filter((column) => column !== least);
  }
  return [{ ...first, width: Math.max(1, left()) }, ...kept];
}

function headLine(columns: readonly Column[], sort: string | undefined, isReversed: boolean): Line {
  const parts = columns.map(({ id, title, width, align }) => {
    if (id !== sort) return fit(title, width, align);
    const mark = isReversed ? '▲' : '▼';
    return fit(title.length < width ? title + mark : title.slice(0, width - 1) + mark, width, align);
  });
  return [span(NO_MARK + parts.join(' '), 'head')];
}

function rowLine(all: readonly Column[], { cells, isAcross }: Row, isSelected: boolean): Line {
  const columns = isAcross === true ? across(all) : all;
  const parts = columns.flatMap(({ id, width, align }, index): Span[] => {
    const { text, mood } = cells[id] ?? { text: '' };
    return [span(index === 0 ? '' : ' '), span(fit(text, width, align), isSelected ? 'selected' : mood)];
  });
  if (!isSelected) return [span(NO_MARK), ...parts];
  return [span(MARK + parts.map(({ text }) => text).join(''), 'selected')];
}

/** The first column over all but the last. */
function across(columns: readonly Column[]): readonly Column[] {
  const [first, ...others] = columns as [Column, ...Column[]];
  const last = others.slice(-1);
  const covered = others.slice(0, -1).reduce((total, { width }) => total + width + GAP, 0);
  return [{ ...first, width: first.width + covered }, ...last];
}
