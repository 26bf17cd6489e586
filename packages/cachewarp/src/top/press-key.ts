import { keysOrder } from './keys-order.js';
import {
  PANES,
  WINDOWS,
  type Front,
  type Pane,
  type Step,
  type Subject,
  type TableState,
  type TopState,
} from './state.js';
import { arrange, placeOf, type Row } from './table.js';
import { tableOf } from './tables.js';

/** Lines of the screen that are not rows, about: what a page is short of. */
const AROUND = 9;

/** What a key does, which depends on what is in front. */
export function pressKey(state: TopState, key: string): Step {
  if (key === 'ctrl-c') return { state, orders: [{ kind: 'quit' }] };
  if (key === 'ctrl-z') return { state, orders: [{ kind: 'suspend' }] };
  if (key === 'ctrl-l') return { state, orders: [{ kind: 'redraw' }] };
  const { front } = state;
  switch (front.kind) {
    case 'nothing':
      return pressInTable(state, key);
    case 'filter':
      return pressInFilter(state, front, key);
    case 'help':
      return key === 'q' ? { state, orders: [{ kind: 'quit' }] } : still(close(state));
    case 'explanation':
      return pressInExplanation(state, front, key);
    case 'purge':
      return pressInPurge(state, front, key);
  }
}

/** The rows of the pane that is seen. */
export function shownRows(state: TopState): readonly Row[] {
  return arrange(tableOf(state, state.pane), state.tables[state.pane]);
}

function pressInTable(state: TopState, key: string): Step {
  const pane = PANES[Number(key) - 1];
  if (pane !== undefined) return show(state, pane);
  switch (key) {
    case 'q':
      return { state, orders: [{ kind: 'quit' }] };
    case 'tab':
      return show(state, neighbour(PANES, state.pane, 1));
    case 'shift-tab':
      return show(state, neighbour(PANES, state.pane, -1));
    case 'up':
    case 'k':
      return move(state, -1);
    case 'down':
    case 'j':
      return move(state, 1);
    case 'page-up':
      return move(state, -pageOf(state));
    case 'page-down':
      return move(state, pageOf(state));
    case 'home':
    case 'g':
      return move(state, -Infinity);
    case 'end':
    case 'G':
      return move(state, Infinity);
    case 'left':
    case '<':
      return sortBy(state, -1);
    case 'right':
    case '>':
    case 's':
      return sortBy(state, 1);
    case 'r':
      return still(withTable(state, { isReversed: !state.tables[state.pane].isReversed }));
    case 'w':
      return still({ ...state, window: neighbour(WINDOWS, state.window, 1) });
    case 'space':
      return still(pause(state));
    case '/':
      return still({ ...state, front: { kind: 'filter', before: state.tables[state.pane].filter } });
    case '?':
    case 'h':
      return still({ ...state, front: { kind: 'help' } });
    case 'escape':
      return refilter(state, '');
    case 'e':
    case 'enter':
      return openRow(state, key);
    case 'p':
      return askPurge(state, selectedRow(state)?.subject);
    case 'c':
      return { state, orders: state.connection.kind === 'waiting' ? [{ kind: 'reconnect' }] : [] };
    default:
      return still(state);
  }
}

function still(state: TopState): Step {
  return { state, orders: [] };
}

function close(state: TopState): TopState {
  // What was asked is not wanted any more.
  return { ...state, front: { kind: 'nothing' }, asked: state.asked + 1 };
}

function withTable(state: TopState, change: Partial<TableState>): TopState {
  const { pane, tables } = state;
  return { ...state, tables: { ...tables, [pane]: { ...tables[pane], ...change } } };
}

function neighbour<T>(all: readonly T[], one: T, step: number): T {
  return all[(all.indexOf(one) + step + all.length) % all.length]!;
}

function show(state: TopState, pane: Pane): Step {
  const next = { ...state, pane };
  if (pane !== 'keys' || state.pane === 'keys') return still(next);
  return { state: { ...next, framesSinceKeys: 0 }, orders: [keysOrder(next)] };
}

function move(state: TopState, by: number): Step {
  const rows = shownRows(state);
  if (rows.length === 0) return still(state);
  const place = Math.max(0, Math.min(rows.length - 1, placeOf(rows, state.tables[state.pane]) + by));
  // At the top of the tail nothing is held on to: it shows the newest.
  const isNewest = state.pane === 'tail' && place === 0;
  return still(withTable(state, { place, selected: isNewest ? undefined : rows[place]!.id }));
}

function pageOf({ rows }: TopState): number {
  return Math.max(1, rows - AROUND);
}

function sortBy(state: TopState, step: number): Step {
  const { columns, isOrdered } = tableOf(state, state.pane);
  if (isOrdered === true) {
    return still({ ...state, notice: { text: 'the tail has the order of time: newest first', isFault: false } });
  }
  const ids = columns.map(({ id }) => id);
  const { sort } = state.tables[state.pane];
  return still(withTable(state, { sort: neighbour(ids, sort ?? ids[0]!, step), isReversed: false }));
}

/** Holds what is shown, or lets it go on. What comes meanwhile is not lost. */
function pause(state: TopState): TopState {
  const { traffic, ranking, memory, tail } = state;
  return { ...state, paused: state.paused === undefined ? { traffic, ranking, memory, tail } : undefined };
}

function pressInFilter(state: TopState, front: Extract<Front, { kind: 'filter' }>, key: string): Step {
  const { filter } = state.tables[state.pane];
  switch (key) {
    case 'enter':
      return still(close(state));
    case 'escape':
      return refilter(close(state), front.before);
    case 'backspace':
      return refilter(state, [...filter].slice(0, -1).join(''));
    case 'ctrl-u':
      return refilter(state, '');
    case 'space':
      return refilter(state, `${filter} `);
    default:
      return [...key].length === 1 ? refilter(state, filter + key) : still(state);
  }
}

/** A key in memory that is not listed may be found by its beginning: those are asked for. */
function refilter(state: TopState, filter: string): Step {
  if (filter === state.tables[state.pane].filter) return still(state);
  const next = withTable(state, { filter, selected: undefined, place: 0 });
  return { state: next, orders: state.pane === 'keys' ? [keysOrder(next)] : [] };
}

function selectedRow(state: TopState): Row | undefined {
  const rows = shownRows(state);
  return rows[placeOf(rows, state.tables[state.pane])];
}

function openRow(state: TopState, key: string): Step {
  const row = selectedRow(state);
  if (row?.subject !== undefined) return askExplanation(state, row.subject);
  if (key === 'enter' && row?.tailFilter !== undefined) return showInTail(state, row.tailFilter);
  return still(nothingChosen(state, 'explain'));
}

/** The requests that a route or a reason stands for. */
function showInTail(state: TopState, filter: string): Step {
  return refilter({ ...state, pane: 'tail' }, filter);
}

function nothingChosen(state: TopState, verb: string): TopState {
  return { ...state, notice: { text: `to ${verb}, select a key (2) or a request of the tail (5)`, isFault: false } };
}

function askExplanation(state: TopState, subject: Subject): Step {
  const asked = state.asked + 1;
  const front = { kind: 'explanation', subject, explanation: undefined, fault: undefined, scroll: 0 } as const;
  return { state: { ...state, asked, front }, orders: [{ kind: 'explain', asked, subject }] };
}

function askPurge(state: TopState, subject: Row['subject']): Step {
  if (subject === undefined) return still(nothingChosen(state, 'purge'));
  const asked = state.asked + 1;
  const front = {
    kind: 'purge',
    targets: [],
    chosen: 0,
    preview: undefined,
    fault: undefined,
    isRunning: false,
  } as const;
  return { state: { ...state, asked, front }, orders: [{ kind: 'targets', asked, subject }] };
}

function pressInExplanation(state: TopState, front: Extract<Front, { kind: 'explanation' }>, key: string): Step {
  // As far as there can be lines: how many there are depends on their width, which only the view knows.
  const most = 6 * (front.explanation?.steps?.length ?? 0);
  const scrolled = (by: number): Step =>
    still({ ...state, front: { ...front, scroll: Math.min(most, Math.max(0, front.scroll + by)) } });
  switch (key) {
    case 'q':
    case 'escape':
    case 'enter':
      return still(close(state));
    case 'up':
    case 'k':
      return scrolled(-1);
    case 'down':
    case 'j':
      return scrolled(1);
    case 'page-up':
      return scrolled(-pageOf(state));
    case 'page-down':
    case 'space':
      return scrolled(pageOf(state));
    case 'home':
      return scrolled(-Infinity);
    case 'e':
      return askExplanation(state, front.subject);
    case 'p':
      return askPurge(state, front.subject);
    default:
      return still(state);
  }
}

function pressInPurge(state: TopState, front: Extract<Front, { kind: 'purge' }>, key: string): Step {
  const { targets, chosen, preview, isRunning } = front;
  // Neither called off nor begun twice: it is under way.
  if (isRunning) return still(state);
  switch (key) {
    case 'tab':
    case 'down':
      return choose(state, front, chosen + 1);
    case 'shift-tab':
    case 'up':
      return choose(state, front, chosen - 1);
    case 'y':
    case 's': {
      const target = targets[chosen];
      // Nobody confirms what has not been shown.
      if (target === undefined || preview === undefined) return still(state);
      const asked = state.asked + 1;
      return {
        state: { ...state, asked, front: { ...front, isRunning: true, fault: undefined } },
        orders: [{ kind: 'purge', asked, target, soft: key === 's' }],
      };
    }
    case 'escape':
    case 'n':
    case 'q':
      return still(close(state));
    default:
      return still(state);
  }
}

function choose(state: TopState, front: Extract<Front, { kind: 'purge' }>, place: number): Step {
  const { targets } = front;
  if (targets.length < 2) return still(state);
  const chosen = (place + targets.length) % targets.length;
  const asked = state.asked + 1;
  return {
    state: { ...state, asked, front: { ...front, chosen, preview: undefined, fault: undefined } },
    orders: [{ kind: 'preview', asked, target: targets[chosen]! }],
  };
}
