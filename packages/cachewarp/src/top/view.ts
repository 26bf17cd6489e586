import { explanationLines, helpLines, purgeLines } from './fronts.js';
import { headerOf } from './header.js';
import { span, type Line, type Span } from './line.js';
import { PANES, type Pane, type TopState } from './state.js';
import { arrange, placeOf, type Table } from './table.js';
import { tableLines } from './table-view.js';
import { tableOf } from './tables.js';

/** Of a terminal, in characters. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const LABELS: Readonly<Record<Pane, string>> = {
  routes: 'Routes',
  keys: 'Keys',
  origins: 'Origins',
  misses: 'Misses',
  tail: 'Tail',
};

/** Rows of a table that the header must leave room for. */
const MIN_TABLE = 6;

/** The whole screen, line by line. Pure: the same state and size give the same lines. */
export function view(state: TopState, { columns, rows }: Size): readonly Line[] {
  const footer = footerOf(state, columns);
  const alarm = alarmOf(state);
  const room = rows - 1 - alarm.length;
  const header = headerOf(state, columns).slice(0, Math.max(1, room - MIN_TABLE - 1));
  const tabs = tabsOf(state, columns);
  const height = Math.max(1, room - header.length - tabs.length);
  const middle = frontOf(state, { columns, rows: height });
  const filling = Array.from({ length: Math.max(0, height - middle.length) }, (): Line => []);
  return [...alarm, ...header, ...tabs, ...middle.slice(0, height), ...filling, footer].slice(-rows);
}

/** What is wrong stands first, in words. */
function alarmOf({ connection }: TopState): readonly Line[] {
  if (connection.kind !== 'waiting') return [];
  const { seconds, why } = connection;
  const again = seconds > 0 ? `again in ${seconds} s` : 'connecting…';
  return [[span(`Not connected, ${again} (c: now). What is shown is from before. ${why}`, 'bad')]];
}

function tabsOf(state: TopState, columns: number): readonly Line[] {
  const table = tableOf(state, state.pane);
  const isNarrow = columns < 64;
  const line: Span[] = [];
  for (const [index, pane] of PANES.entries()) {
    const label = isNarrow && pane !== state.pane ? String(index + 1) : `${index + 1} ${LABELS[pane]}`;
    line.push(span(` ${label} `, pane === state.pane ? 'selected' : undefined), span(' '));
  }
  line.push(span(isNarrow ? '' : `  ${table.of}`, 'dim'));
  const { filter } = state.tables[state.pane];
  if (filter !== '' && state.front.kind !== 'filter') line.push(span(`  filter: ${filter}`, 'warn'));
  return [line];
}

function frontOf(state: TopState, size: Size): readonly Line[] {
  const { front } = state;
  switch (front.kind) {
    case 'help':
      return helpLines(size.columns);
    case 'explanation':
      return scrolled(explanationLines(front, size.columns), front.scroll, size.rows);
    case 'purge':
      return purgeLines(front, size.columns);
    default:
      return lookedAt(state, tableOf(state, state.pane), size);
  }
}

function lookedAt(state: TopState, table: Table, { columns, rows: height }: Size): readonly Line[] {
  const look = state.tables[state.pane];
  const rows = arrange(table, look);
  return tableLines(table, look, { rows, selected: placeOf(rows, look), columns, height });
}

/** From some line on, but never past the end. */
function scrolled(lines: readonly Line[], from: number, height: number): readonly Line[] {
  return lines.slice(Math.max(0, Math.min(from, lines.length - height)));
}

function footerOf(state: TopState, columns: number): Line {
  const { front, notice, pane } = state;
  if (front.kind === 'filter') {
    return [
      span('/', 'strong'),
      span(state.tables[pane].filter),
      span('▏', 'strong'),
      span('  Enter keep  Esc undo', 'dim'),
    ];
  }
  if (notice !== undefined) return [span(notice.text, notice.isFault ? 'bad' : 'strong')];
  if (front.kind === 'explanation')
    return keysLine([
      ['↑↓', 'scroll'],
      ['e', 'again'],
      ['p', 'purge'],
      ['Esc', 'back'],
    ]);
  if (front.kind === 'purge') return keysLine([['Esc', 'call it off']]);
  if (columns < 64)
    return keysLine([
      ['/', 'filter'],
      ['e', 'why'],
      ['p', 'purge'],
      ['?', 'help'],
      ['q', 'quit'],
    ]);
  return keysLine([
    ['Tab', 'pane'],
    ['←→', 'sort'],
    ['/', 'filter'],
    ['w', 'window'],
    ['e', 'explain'],
    ['p', 'purge'],
    ['Space', 'hold'],
    ['?', 'help'],
    ['q', 'quit'],
  ]);
}

function keysLine(keys: readonly (readonly [key: string, what: string])[]): Line {
  return keys.flatMap(([key, what]) => [span(key, 'strong'), span(` ${what}  `, 'dim')]);
}
