import {
  grown,
  hitRatio,
  momentBefore,
  perSecond,
  quantileMs,
  sum,
  type OriginTotals,
  type Totals,
} from '@cachewarp/admin/figures';
import { bytes, count, duration, percent, timeOfDay } from './format.js';
import type { Mood } from './line.js';
import { REASONS } from './reasons.js';
import type { Pane, TopState } from './state.js';
import type { Cell, Column, Row, Table } from './table.js';

/** Shares below and above which a hit ratio has a colour. */
const LOW = 0.5;
const HIGH = 0.9;

/** A pane's table, with every row that is known. */
export function tableOf(state: TopState, pane: Pane): Table {
  const shown = { ...state, ...state.paused };
  switch (pane) {
    case 'routes':
      return routesTable(shown);
    case 'keys':
      return keysTable(shown);
    case 'origins':
      return originsTable(shown);
    case 'misses':
      return missesTable(shown);
    case 'tail':
      return tailTable(shown);
  }
}

function column(id: string, title: string, width: number, rank: number, align: Column['align'] = 'right'): Column {
  return { id, title, width, rank, align };
}

function routesTable({ traffic, window, server, routeReasons }: TopState): Table {
  const columns = [
    column('name', 'ROUTE', 16, 0, 'left'),
    column('rate', 'REQ/S', 8, 0),
    column('hit', 'HIT', 7, 0),
    column('stale', 'STALE', 7, 4),
    column('missRate', 'MISS/S', 8, 2),
    column('errors', 'ERR/S', 7, 3),
    column('ttl', 'TTL', 11, 5),
    column('reason', 'TOP MISS', 13, 6, 'left'),
    column('total', 'TOTAL', 10, 7),
  ];
  const span = spanOf(traffic, window);
  const ttls = new Map(server?.routes.map(({ name, ttlMs }) => [name, ttlMs]));
  const names = [...new Set([...(span?.now.routes.keys() ?? []), ...ttls.keys()])];
  const rows = names.map((name): Row => {
    const words = span?.now.routes.get(name);
    const before = span?.before.routes.get(name);
    const rate = (read: (totals: Totals) => number | undefined): Cell => numberCell(rateIn(span, read));
    const requests = sum(words) - sum(before);
    const reason = topOf(routeReasons.get(name) ?? []);
    return {
      id: name,
      tailFilter: name,
      cells: {
        name: { text: name },
        rate: rate(({ routes }) => sum(routes.get(name))),
        hit: ratioCell(hitRatio(words, before)),
        stale: partCell(requests > 0 ? grown(words?.['stale'], before?.['stale']) / requests : undefined),
        missRate: rate(({ routes }) => routes.get(name)?.['miss']),
        errors: alarming(rate(({ routes }) => routes.get(name)?.['error'])),
        ttl: ttlCell(ttls.get(name)),
        reason: { text: reason ?? '' },
        total: numberCell(sum(words)),
      },
    };
  });
  return { columns, rows, of: overText(span), whenEmpty: 'No requests yet.' };
}

function ttlCell(ttlMs: number | null | undefined): Cell {
  if (ttlMs === null) return { text: 'by origin', mood: 'dim' };
  return ttlMs === undefined ? { text: '' } : { text: duration(ttlMs), value: ttlMs };
}

function keysTable({ ranking, memory }: TopState): Table {
  const columns = [
    column('name', 'KEY', 24, 0, 'left'),
    column('requests', 'REQUESTS', 9, 0),
    column('misses', 'MISSES', 8, 3),
    column('hit', 'HIT', 7, 1),
    column('bytes', 'SERVED', 9, 4),
    column('saved', 'SAVED', 9, 5),
    column('state', 'STATE', 7, 2, 'left'),
    column('ttl', 'TTL LEFT', 9, 3),
    column('size', 'SIZE', 8, 6),
    column('tags', 'TAGS', 16, 7, 'left'),
  ];
  const inMemory = new Map(memory.keys.map((summary) => [summary.key, summary]));
  const known = new Map(ranking.map((traffic) => [traffic.key, traffic]));
  const keys = [...new Set([...known.keys(), ...inMemory.keys()])];
  const shared = sharedStart(keys);
  const rows = keys.map((key): Row => {
    const traffic = known.get(key);
    const kept = inMemory.get(key);
    const hit = traffic && traffic.requests > 0 ? (traffic.requests - traffic.misses) / traffic.requests : undefined;
    return {
      id: key,
      subject: { key },
      cells: {
        name: { text: key.slice(shared.length) },
        requests: numberCell(traffic?.requests),
        misses: numberCell(traffic?.misses),
        hit: ratioCell(hit),
        bytes: cell(bytes(traffic?.bytes), traffic?.bytes),
        saved: cell(duration(traffic?.savedMs), traffic?.savedMs),
        state: { text: kept?.freshness ?? '–', mood: FRESHNESS[kept?.freshness ?? ''] ?? 'dim' },
        ttl:
          kept?.ttlLeftMs === null
            ? { text: 'for ever', value: Infinity }
            : cell(duration(kept?.ttlLeftMs), kept?.ttlLeftMs),
        size: cell(bytes(kept?.size), kept?.size),
        tags: { text: kept?.tags.join(' ') ?? '' },
      },
    };
  });
  const listed = memory.keys.length;
  const some = memory.total > listed ? `, ${count(listed)} of them listed` : '';
  return {
    columns,
    rows,
    of: `${memory.total.toLocaleString('en')} in memory${some}; since start${shared === '' ? '' : `; of ${shared}`}`,
    whenEmpty: 'No keys yet.',
  };
}

/** Method and host, where all keys have the same: the rest is what tells them apart. */
function sharedStart(keys: readonly string[]): string {
  const start = /^[A-Z]+:https?:\/\/[^/]+(?=\/)/.exec(keys[0] ?? '')?.[0] ?? '';
  return keys.every((key) => key.startsWith(`${start}/`)) ? start : '';
}

const FRESHNESS: Readonly<Record<string, Mood>> = { fresh: 'good', stale: 'warn', expired: 'bad' };

function originsTable({ traffic, window, server }: TopState): Table {
  const columns = [
    column('name', 'ORIGIN', 16, 0, 'left'),
    column('rate', 'REQ/S', 8, 0),
    column('p95', 'P95', 9, 3),
    column('inFlight', 'IN FLIGHT', 10, 4),
    column('state', 'STATE', 10, 1, 'left'),
    column('failures', 'FAILED', 8, 2),
    column('retries', 'RETRIES', 8, 5),
    column('total', 'TOTAL', 10, 6),
  ];
  const span = spanOf(traffic, window);
  const names = [...new Set([...(span?.now.origins.keys() ?? []), ...(server?.origins ?? [])])];
  const rows = names.map((name): Row => {
    const now = span?.now.origins.get(name);
    const then = span?.before.origins.get(name);
    const p95 = now && quantileMs(0.95, now.latency, then?.latency);
    return {
      id: name,
      cells: {
        name: { text: name },
        rate: numberCell(rateIn(span, ({ origins }) => origins.get(name)?.requests)),
        p95: cell(duration(p95), p95),
        inFlight: numberCell(now?.inFlight),
        state: originState(now),
        failures: alarming(numberCell(now && grown(now.failures, then?.failures))),
        retries: numberCell(now && grown(now.retries, then?.retries)),
        total: numberCell(now?.requests ?? 0),
      },
    };
  });
  return { columns, rows, of: overText(span), whenEmpty: 'No origin: what is cached here is loaded by code.' };
}

/** The word for an origin, and how bad it is. */
export function originState(origin: Pick<OriginTotals, 'breaker' | 'healthy'> | undefined): Cell {
  if (origin === undefined) return { text: 'not asked', value: -1, mood: 'dim' };
  const { breaker, healthy } = origin;
  if (breaker >= 2) return { text: 'open', value: 3, mood: 'bad' };
  if (breaker >= 1) return { text: 'half-open', value: 2, mood: 'warn' };
  if (healthy === 0) return { text: 'unhealthy', value: 1, mood: 'bad' };
  return { text: 'ok', value: 0, mood: 'good' };
}

function missesTable({ traffic, window }: TopState): Table {
  const columns = [
    column('name', 'REASON', 14, 0, 'left'),
    column('count', 'COUNT', 9, 0),
    column('part', 'PART', 7, 0),
    column('rate', '/S', 8, 1),
    column('total', 'TOTAL', 10, 2),
    column('meaning', 'MEANING', 42, 3, 'left'),
  ];
  const span = spanOf(traffic, window);
  const reasons = [...(span?.now.reasons ?? [])].filter(([, total]) => total > 0);
  const counts = new Map(reasons.map(([reason, total]) => [reason, grown(total, span?.before.reasons.get(reason))]));
  const all = [...counts.values()].reduce((total, value) => total + value, 0);
  const rows = reasons.map(([reason, total]): Row => {
    const inSpan = counts.get(reason) ?? 0;
    return {
      id: reason,
      tailFilter: reason,
      cells: {
        name: { text: reason },
        count: numberCell(inSpan),
        part: partCell(all === 0 ? undefined : inSpan / all),
        rate: numberCell(rateIn(span, (totals) => totals.reasons.get(reason))),
        total: numberCell(total),
        meaning: { text: REASONS[reason] ?? '', mood: 'dim' },
      },
    };
  });
  return { columns, rows, of: overText(span), whenEmpty: 'No misses.' };
}

function tailTable({ tail, skipped }: TopState): Table {
  const columns = [
    column('name', 'WHAT', 30, 0, 'left'),
    column('word', 'ANSWER', 11, 0, 'left'),
    column('reason', 'REASON', 12, 3, 'left'),
    column('status', 'STATUS', 6, 2),
    column('took', 'TOOK', 8, 4),
    column('bytes', 'BYTES', 8, 6),
    column('route', 'ROUTE', 12, 5, 'left'),
    column('time', 'TIME', 8, 1),
  ];
  const rows = tail.map(
    ({ id, at, kind, text, word, key, url, method, route, status, durationMs, reason, ...more }): Row => {
      const time = { text: timeOfDay(at), mood: 'dim' } as const;
      if (kind !== 'decision') {
        const mood = ALARMING.has(kind) ? 'bad' : 'strong';
        return {
          id,
          cells: { name: { text: text ?? `${kind} ${key ?? ''}`, mood }, time },
          isAcross: true,
          ...(key !== undefined && { subject: { key } }),
        };
      }
      const subject = { ...(url !== undefined && { url }), ...(key !== undefined && { key }) };
      const verb = method === undefined || method === 'GET' ? '' : `${method} `;
      const path = url === undefined ? (key ?? '') : verb + pathOf(url);
      return {
        id,
        subject,
        cells: {
          name: { text: path },
          word: { text: word ?? '', mood: WORDS[word ?? ''] ?? 'dim' },
          reason: { text: reason ?? '' },
          status: numberText(status),
          took: { text: durationMs === undefined ? '' : duration(durationMs) },
          bytes: { text: more.bytes === undefined ? '' : bytes(more.bytes) },
          route: { text: route ?? '' },
          time,
        },
      };
    },
  );
  const of = skipped > 0 ? `a sample: ${count(skipped)} more in the last second` : 'every decision, newest first';
  return { columns, rows, isOrdered: true, of, whenEmpty: 'Nothing yet.' };
}

const ALARMING: ReadonlySet<string> = new Set(['loadError', 'storeError', 'breaker']);
const WORDS: Readonly<Record<string, Mood>> = {
  hit: 'good',
  revalidated: 'good',
  stale: 'warn',
  miss: 'strong',
  error: 'bad',
};

function numberText(status: number | undefined): Cell {
  if (status === undefined) return { text: '' };
  return status >= 500 ? { text: String(status), mood: 'bad' } : { text: String(status) };
}

function pathOf(url: string): string {
  return /^https?:\/\/[^/]*(\/.*)$/i.exec(url)?.[1] ?? url;
}

interface Span {
  readonly now: Totals;
  readonly before: Totals;
}

function spanOf(traffic: TopState['traffic'], seconds: number): Span | undefined {
  const now = traffic.totals.at(-1);
  const before = momentBefore(traffic.totals, seconds);
  return now && before && { now, before };
}

/** A rate; undefined where there is no time that it could be over. */
function rateIn(span: Span | undefined, read: (totals: Totals) => number | undefined): number | undefined {
  return span === undefined || span.now === span.before ? undefined : perSecond(read, span.now, span.before);
}

function overText(span: Span | undefined): string {
  const seconds = span === undefined ? 0 : Math.round(span.now.at - span.before.at);
  return seconds === 0 ? 'no second seen yet' : `last ${seconds.toLocaleString('en')} s`;
}

function cell(text: string, value: number | undefined): Cell {
  return value === undefined ? { text, mood: 'dim' } : { text, value };
}

function numberCell(value: number | undefined): Cell {
  return cell(count(value), value);
}

function partCell(part: number | undefined): Cell {
  return cell(percent(part), part);
}

function ratioCell(part: number | undefined): Cell {
  const shown = partCell(part);
  if (part === undefined) return shown;
  return { ...shown, ...(part >= HIGH ? { mood: 'good' } : part < LOW ? { mood: 'warn' } : {}) };
}

function alarming(shown: Cell): Cell {
  return (shown.value ?? 0) > 0 ? { ...shown, mood: 'bad' } : shown;
}

function topOf(words: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0];
}
