import type { Happening, HappeningsEvent } from '@cachewarp/admin';
import { sum } from '@cachewarp/admin/figures';
import { keysOrder } from './keys-order.js';
import { pressKey } from './press-key.js';
import type { Action, Connection, Front, Step, TopState } from './state.js';
import { addFrame, NO_TRAFFIC } from './traffic.js';

/** Happenings held for the tail. */
const HELD = 1_000;
/** Misses remembered by route, for the reason that leads. */
const REASONS_HELD = 100;
/** Rankings look at every entry of the cache: not with every frame. */
const FRAMES_PER_KEYS = 5;

/** The next state. Pure: clock, network and terminal are elsewhere. */
export function reduce(state: TopState, action: Action): Step {
  switch (action.type) {
    case 'key':
      return pressKey({ ...state, notice: undefined }, action.key);
    case 'resize':
      return { state: { ...state, rows: action.rows }, orders: [{ kind: 'redraw' }] };
    case 'connection':
      return connected(state, action.connection);
    case 'state':
      return still(withServer(state, action.state));
    case 'history':
      return still({ ...state, traffic: action.frames.reduce(addFrame, NO_TRAFFIC) });
    case 'frame':
      return framed(withRestart({ ...state, traffic: addFrame(state.traffic, action.frame), skipped: 0 }));
    case 'happenings':
      return still(withHappenings(state, action.happenings));
    case 'keys':
      return still({ ...state, ranking: action.ranking, memory: action.memory });
    case 'purged':
      return purged(state, action);
    default:
      return answered(state, action);
  }
}

function still(state: TopState): Step {
  return { state, orders: [] };
}

function connected(state: TopState, connection: Connection): Step {
  const next = { ...state, connection };
  return connection.kind === 'live'
    ? { state: { ...next, framesSinceKeys: 0 }, orders: [keysOrder(next)] }
    : still(next);
}

/** A process with another beginning may be a worker beside the first, or one that follows it: its first figures tell. */
function withServer(state: TopState, server: TopState['server'] & object): TopState {
  if (state.server === undefined || state.server.startedAt === server.startedAt) return { ...state, server };
  const counted = sum(state.traffic.totals.at(-1)?.requests);
  return { ...state, server, countedBefore: state.countedBefore ?? counted };
}

/** Counters that went back are those of a process that began anew: what was known of the old one's keys is not true of it. */
function withRestart(state: TopState): TopState {
  const { countedBefore, ...rest } = state;
  if (countedBefore === undefined) return state;
  const next = { ...rest, countedBefore: undefined };
  if (sum(state.traffic.totals.at(-1)?.requests) >= countedBefore) return next;
  const notice = { text: 'the server was restarted: its counters and its memory begin anew', isFault: false };
  return { ...next, notice, ranking: [], memory: { keys: [], total: 0 } };
}

function framed(state: TopState): Step {
  const framesSinceKeys = state.framesSinceKeys + 1;
  if (state.pane !== 'keys' || framesSinceKeys < FRAMES_PER_KEYS) return still({ ...state, framesSinceKeys });
  return { state: { ...state, framesSinceKeys: 0 }, orders: [keysOrder(state)] };
}

function withHappenings(state: TopState, { happenings, skipped }: HappeningsEvent): TopState {
  const told = state.told + happenings.length;
  const numbered = happenings.map((happening, at) => ({ ...happening, id: String(state.told + at + 1) }));
  return {
    ...state,
    told,
    skipped,
    tail: [...numbered.toReversed(), ...state.tail].slice(0, HELD),
    routeReasons: withReasons(state.routeReasons, happenings),
  };
}

function withReasons(known: TopState['routeReasons'], happenings: readonly Happening[]): TopState['routeReasons'] {
  const reasons = new Map(known);
  for (const { route, word, reason } of happenings) {
    // What went past the cache by its method or a rule was no miss.
    if (route === undefined || reason === undefined || (word !== 'miss' && word !== 'revalidated')) continue;
    reasons.set(route, [...(reasons.get(route) ?? []), reason].slice(-REASONS_HELD));
  }
  return reasons;
}

function purged(state: TopState, { target, soft, entries }: Extract<Action, { type: 'purged' }>): Step {
  const count = `${entries} ${entries === 1 ? 'entry' : 'entries'} in memory`;
  const text = `${soft ? 'expired' : 'purged'} ${target.kind} ${target.name}: ${count}`;
  const front: Front = state.front.kind === 'purge' ? { kind: 'nothing' } : state.front;
  return { state: { ...state, front, notice: { text, isFault: false } }, orders: [keysOrder(state)] };
}

type Answer = Extract<Action, { type: 'explained' | 'targets' | 'previewed' | 'failed' }>;

/** An answer to a question; one that was overtaken by another question is dropped. */
function answered(state: TopState, answer: Answer): Step {
  if (answer.type === 'failed' && answer.asked === undefined) return still(withFault(state, answer.message));
  const { front } = state;
  if (answer.asked !== state.asked) return still(state);
  if (answer.type === 'failed') {
    if (front.kind !== 'purge' && front.kind !== 'explanation') return still(withFault(state, answer.message));
    const isRunning = { ...(front.kind === 'purge' && { isRunning: false }) };
    return still({ ...state, front: { ...front, ...isRunning, fault: answer.message } });
  }
  if (front.kind === 'explanation' && answer.type === 'explained') {
    return still({ ...state, front: { ...front, explanation: answer.explanation } });
  }
  if (front.kind !== 'purge') return still(state);
  if (answer.type === 'previewed') return still({ ...state, front: { ...front, preview: answer.preview } });
  if (answer.type !== 'targets') return still(state);
  const [target] = answer.targets;
  const next = { ...state, front: { ...front, targets: answer.targets, chosen: 0 } };
  return target === undefined
    ? still(next)
    : { state: next, orders: [{ kind: 'preview', asked: state.asked, target }] };
}

function withFault(state: TopState, text: string): TopState {
  return { ...state, notice: { text, isFault: true } };
}
