import { explanationLines, helpLines, purgeLines } from './fronts.js';
import { headerOf } from './header.js';
import { span, type Line, type Span } from './line.js';
import { PANES, type Pane, type TopState } from './state.js';
import { arrange, placeOf } from './table.js';
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
  const alarm = alarmOf(state);
  const tabs = tabsOf(state, columns);
  const room = rows - 1 - alarm.length - tabs.length;
  // What is asked for goes before what is always there.
  const wanted = Math.max(MIN_TABLE, frontOf(state, { columns, rows: room })?.length ?? 0);
  const header = headerOf(state, columns).slice(0, Math.max(1, room - wanted));
  const size = { columns, rows: Math.max(1, room - header.length) };
  const middle = (frontOf(state, size) ?? lookedAt(state, size)).slice(0, size.rows);
  const filling = Array.from({ length: size.rows - middle.length }, (): Line => []);
  return [...alarm, ...header, ...tabs, ...middle, ...filling, footerOf(state, columns)].slice(-rows);
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
  const { filter } = state.tables[state.pane];
  if (filter !== '' && state.front.kind !== 'filter') line.push(span(`  filter: ${filter}`, 'warn'));
  if (!isNarrow) line.push(span(`  ${table.of}`, 'dim'));
  return [line];
}

/** What is in front of the table; undefined: nothing is. */
function frontOf(state: TopState, size: Size): readonly Line[] | undefined {
  const { front } = state;
  switch (front.kind) {
    case 'help':
      return helpLines(size.columns);
    case 'explanation':
      return scrolled(explanationLines(front, size.columns), front.scroll, size.rows);
    case 'purge':
      return purgeLines(front, size.columns);
    default:
      return undefined;
  }
}

function lookedAt(state: TopState, { columns, rows: height }: Size): readonly Line[] {
  const table = tableOf(state, state.pane);
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
    const help = columns < 64 ? '' : '  Enter keeps it, Esc undoes it';
    // The end of it is where it is written.
    const shown = state.tables[pane].filter.slice(-(columns - help.length - 3));
    return [span('/', 'strong'), span(shown), span('▏', 'strong'), span(help, 'dim')];
  }
  if (notice !== undefined) return [span(notice.text, notice.isFault ? 'bad' : 'strong')];
  if (front.kind === 'explanation') return keysLine(EXPLANATION_KEYS, columns);
  return front.kind === 'nothing' ? keysLine(KEYS, columns) : [];
}

const EXPLANATION_KEYS = [
  ['↑↓', 'scroll'],
  ['e', 'again'],
  ['p', 'purge'],
  ['Esc', 'back'],
] as const;
/** What goes first where there is no room stands last, but for the two that tell the rest. */
const KEYS = [
  ['Tab', 'pane'],
  ['/', 'filter'],
  ['e', 'explain'],
  ['p', 'purge'],
  ['←→', 'sort'],
  ['w', 'window'],
  ['Space', 'hold'],
  ['?', 'help'],
  ['q', 'quit'],
] as const;

function keysLine(keys: readonly (readonly [key: string, what: string])[], columns: number): Line {
  const kept = [...keys];
  const width = (): number => kept.reduce((total, [key, what]) => total + key.length + what.length + 3, -2);
  while (kept.length > 2 && width() > columns) kept.splice(-3, 1);
  return kept.flatMap(([key, what]) => [span(key, 'strong'), span(` ${what}  `, 'dim')]);
}
