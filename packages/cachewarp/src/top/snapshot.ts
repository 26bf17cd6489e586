import { hitRatio, momentBefore, perSecond, quantileMs, type Totals, type Words } from '@cachewarp/admin/figures';
import { headerOf, RATE_SECONDS } from './header.js';
import { textOf } from './line.js';
import { paint } from './paint.js';
import { WINDOWS, type Pane, type TopState } from './state.js';
import { arrange } from './table.js';
import { tableLines } from './table-view.js';
import { tableOf } from './tables.js';
import { originState } from './tables/origins-table.js';

/** Keys of a snapshot. */
const KEYS = 100;
/** Keys of a snapshot as text. */
const SHOWN_KEYS = 10;

/** What is known now, as `cachewarp top --once --json` prints it. Counts are since the server began; what is not known is null. */
export function snapshotOf(state: TopState): object {
  const { server, traffic, ranking, memory, address } = state;
  const now = traffic.totals.at(-1);
  const then = momentBefore(traffic.totals, RATE_SECONDS);
  const tier = now?.tiers.get('memory');
  const store = server?.tiers.store;
  const rate = (read: (totals: Totals) => number | undefined): number | null =>
    now === undefined || then === undefined || now === then ? null : rounded(perSecond(read, now, then));
  const inMemory = new Map(memory.keys.map((summary) => [summary.key, summary]));
  const known = ranking.toSorted((a, b) => b.requests - a.requests).slice(0, KEYS);
  return {
    at: now === undefined ? null : new Date(now.at * 1_000).toISOString(),
    address,
    cache: server?.cache ?? null,
    title: server?.title ?? null,
    startedAt: server === undefined ? null : new Date(server.startedAt).toISOString(),
    processes: server?.nodes ?? null,
    draining: server?.draining ?? null,
    store: store === undefined ? null : { name: store.name, breaker: store.breaker },
    rateSeconds: now === undefined || then === undefined ? 0 : rounded(now.at - then.at),
    requests: { ...now?.requests },
    requestsPerSecond: Object.fromEntries(
      Object.keys(now?.requests ?? {}).map((word) => [word, rate(({ requests }) => requests[word])]),
    ),
    hitRatio: {
      sinceStart: ratioOf(now?.requests, {}),
      ofBytes: ratioOf(now?.bytes, {}),
      last: WINDOWS.map((seconds) => {
        const before = momentBefore(traffic.totals, seconds);
        const covered = now === undefined || before === undefined ? 0 : rounded(now.at - before.at);
        return { seconds, covered, ratio: ratioOf(now?.requests, before?.requests) };
      }),
    },
    coalesced: now?.coalesced ?? null,
    coalescedPerSecond: rate(({ coalesced }) => coalesced),
    memory: {
      entries: tier?.entries ?? null,
      bytes: tier?.bytes ?? null,
      maxBytes: server?.tiers.memory.maxBytes ?? null,
      evictions: tier?.evictions ?? null,
    },
    routes: [...(now?.routes ?? [])].map(([name, requests]) => ({
      name,
      ttlMs: server?.routes.find((route) => route.name === name)?.ttlMs ?? null,
      requests,
      hitRatio: ratioOf(requests, {}),
      requestsPerSecond: rate(({ routes }) => Object.values(routes.get(name) ?? {}).reduce((a, b) => a + b, 0)),
    })),
    origins: [...(now?.origins ?? [])].map(([name, { latency, breaker, healthy, ...counts }]) => ({
      name,
      state: originState({ breaker, healthy }).text,
      ...counts,
      requestsPerSecond: rate(({ origins }) => origins.get(name)?.requests),
      p95Ms: nullable(quantileMs(0.95, latency, undefined)),
    })),
    missReasons: Object.fromEntries([...(now?.reasons ?? [])].filter(([, count]) => count > 0)),
    keysInMemory: memory.total,
    keys: known.map((key) => {
      const kept = inMemory.get(key.key);
      return {
        ...key,
        freshness: kept?.freshness ?? null,
        ttlLeftMs: kept?.ttlLeftMs ?? null,
        size: kept?.size ?? null,
      };
    }),
  };
}

/** What is known now, as text without colours. */
export function snapshotLines(state: TopState, columns: number, isUnicode: boolean): readonly string[] {
  const sections: [Pane, string, number][] = [
    ['routes', 'Routes', Infinity],
    ['keys', 'Keys', SHOWN_KEYS],
    ['origins', 'Origins', Infinity],
    ['misses', 'Miss reasons', Infinity],
  ];
  const tables = sections.flatMap(([pane, title, most]) => {
    const table = tableOf(state, pane);
    const rows = arrange(table, state.tables[pane]).slice(0, most);
    const lines = tableLines(table, state.tables[pane], {
      rows,
      selected: -1,
      columns,
      height: Math.max(1, rows.length) + 1,
    });
    return [[], [{ text: `${title}, ${table.of}` }], ...lines];
  });
  const looks = { hasColors: false, isUnicode };
  return [...headerOf(state, columns), ...tables].map((line) =>
    textOf(line) === '' ? '' : paint(line, columns, looks).trimEnd(),
  );
}

function ratioOf(now: Words | undefined, then: Words | undefined): number | null {
  const ratio = hitRatio(now, then);
  return ratio === undefined ? null : Math.round(ratio * 10_000) / 10_000;
}

function nullable(value: number | undefined): number | null {
  return value === undefined ? null : rounded(value);
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
