import type { Happening, ServerState } from '@cachewarp/admin';
import { reduce } from '#src/top/reduce.js';
import { startState, type Action, type Order, type TopState } from '#src/top/state.js';

/** 2026-01-01T00:00:00Z. */
const START = 1_767_225_600_000;

/** A process that has been up for a minute at the first frame. */
export function makeServer(change: Partial<ServerState> = {}): ServerState {
  return {
    cache: 'proxy',
    startedAt: START - 60_000,
    nodes: 1,
    missing: [],
    peers: 'none',
    draining: false,
    redis: 'disabled',
    tiers: { memory: { maxBytes: 64 * 2 ** 20 } },
    title: 'proxy http://127.0.0.1:3000',
    routes: [{ name: 'api', ttlMs: 30_000 }],
    origins: ['127.0.0.1:80'],
    ...change,
  };
}

/** Samples of requests to a route. */
export function requests(route: string, words: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(words).map(([status, value]) => [
      `cachewarp_requests_total{cache="proxy",route="${route}",status="${status}"}`,
      value,
    ]),
  );
}

/** A frame so many seconds after the start. */
export function frame(seconds: number, samples: Readonly<Record<string, number>>): Action {
  return { type: 'frame', frame: { at: START + seconds * 1_000, samples } };
}

export function tail(...happenings: Partial<Happening>[]): Action {
  return {
    type: 'happenings',
    happenings: {
      skipped: 0,
      happenings: happenings.map((one, at) => ({ seq: at + 1, at: START, kind: 'decision', ...one })),
    },
  };
}

/** Keys of the keyboard, by their names, one behind the other. */
export function press(...names: string[]): Action[] {
  return names.map((key) => ({ type: 'key', key }));
}

/** The state after these actions, and what the last of them ordered. */
export function after(
  actions: readonly Action[],
  from: TopState = startState('http://127.0.0.1:9191', 24),
): { state: TopState; orders: readonly Order[] } {
  let state = from;
  let orders: readonly Order[] = [];
  for (const action of actions) ({ state, orders } = reduce(state, action));
  return { state, orders };
}

/** A connected monitor of a server, after these actions. */
export function live(...actions: Action[]): TopState {
  return after([
    { type: 'connection', connection: { kind: 'live' } },
    { type: 'state', state: makeServer() },
    ...actions,
  ]).state;
}

/** Keys as `GET /top` and `GET /keys` tell them: name, requests, misses. Each is fresh, and has tag `demo`. */
export function keys(...rows: (readonly [key: string, requests: number, misses: number])[]): Action {
  return {
    type: 'keys',
    ranking: rows.map(([key, count, misses]) => ({ key, requests: count, misses, bytes: 100 * count, savedMs: count })),
    memory: {
      keys: rows.map(([key]) => ({
        key,
        entries: 1,
        freshness: 'fresh',
        ageMs: 0,
        ttlLeftMs: 5_000,
        size: 100,
        tags: ['demo'],
      })),
      total: rows.length,
    },
  };
}
