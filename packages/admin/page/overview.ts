import type { ServerState } from '../src/message/admin-answers.js';
import { Chart, type ChartData } from './chart.js';
import { byId, el, fill } from './dom.js';
import { bytes, count, duration, percent } from './format.js';
import { grown, hitRatio, perSecond, quantileMs, sum } from './rates.js';
import type { OriginTotals, TierTotals, Totals } from './totals.js';
import type { TrafficHistory } from './traffic-history.js';

/** Latencies at a moment are those of the seconds before it: one second of a quiet cache has too few. */
const LATENCY_SECONDS = 10;
const BREAKERS = ['closed', 'half-open', 'open'];

/** The tiles and charts: what the cache does, and what it spares the origin. */
export class Overview {
  readonly #history: TrafficHistory;
  readonly #charts: Readonly<Record<'requests' | 'latency' | 'origin' | 'coalesced', Chart>>;

  constructor(history: TrafficHistory) {
    this.#history = history;
    const ms = (value: number): string => duration(value);
    this.#charts = {
      requests: new Chart(byId('chart-requests'), {
        isStacked: true,
        format: count,
        series: [
          ...['hit', 'stale', 'revalidated', 'miss', 'bypass', 'error'].map((label) => ({
            label,
            color: label,
            isArea: true,
          })),
          { label: 'hit ratio', color: 'ink', isRatio: true },
          { label: 'byte hit ratio', color: 'second', isRatio: true, isDashed: true },
        ],
      }),
      latency: new Chart(byId('chart-latency'), {
        isLog: true,
        format: ms,
        series: [
          { label: 'hit p50', color: 'hit' },
          { label: 'p95', color: 'hit', isDashed: true },
          { label: 'p99', color: 'revalidated', isDashed: true },
          { label: 'miss p50', color: 'miss' },
          { label: 'p95', color: 'miss', isDashed: true },
          { label: 'p99', color: 'error', isDashed: true },
        ],
      }),
      origin: new Chart(byId('chart-origin'), {
        format: count,
        series: [
          { label: 'requests/s', color: 'miss' },
          { label: 'in flight', color: 'second' },
          { label: 'failures/s', color: 'error' },
        ],
      }),
      coalesced: new Chart(byId('chart-coalesced'), {
        format: count,
        series: [
          { label: 'joined/s', color: 'hit', isArea: true },
          { label: 'loads/s', color: 'miss' },
        ],
      }),
    };
  }

  recolor(): void {
    for (const chart of Object.values(this.#charts)) chart.recolor();
  }

  /** @param seconds - how much of the past is shown */
  show(state: ServerState | undefined, seconds: number): void {
    const now = this.#history.last;
    if (now === undefined) return;
    const shown = this.#history.all.filter(({ at }) => at >= now.at - seconds);
    this.#showTiles(now);
    this.#showCharts(shown);
    this.#showOrigins(now);
    this.#showTiers(now, state);
    this.#showReasons(now);
  }

  #showTiles(now: Totals): void {
    const recent = this.#history.before(5) ?? now;
    const minute = this.#history.before(60) ?? now;
    const ratio = hitRatio(now.requests, minute.requests);
    const byteRatio = now.bytes && minute.bytes && hitRatio(now.bytes, minute.bytes);
    const since = now.at - minute.at;
    const hit95 = quantileMs(0.95, now.hitLatency, minute.hitLatency);
    const miss95 = quantileMs(0.95, now.missLatency, minute.missLatency);
    const load95 = quantileMs(0.95, now.loadLatency, minute.loadLatency);
    const originRequests = ({ origins }: Totals): number => sumOf(origins, 'requests');
    const perOrigin = now.origins.size > 0 ? originRequests : ({ loads }: Totals): number => loads;
    const joined = grown(now.coalesced, minute.coalesced);
    fill(
      byId('tiles'),
      tile('Requests', `${count(requestRate(now, recent))}/s`, `${sum(now.requests).toLocaleString('en')} since start`),
      tile('Hit ratio', percent(ratio), ratio === undefined ? 'no requests in the last minute' : 'last minute'),
      tile(
        'Byte hit ratio',
        percent(byteRatio),
        now.bytes === undefined ? 'bytes are not counted here' : `${bytes(served(now, minute))}/min from the cache`,
      ),
      tile(
        'Latency p95',
        now.hitLatency === undefined ? duration(load95) : duration(hit95),
        now.hitLatency === undefined ? 'of loads' : `of hits; misses ${duration(miss95)}`,
      ),
      tile(
        now.origins.size > 0 ? 'To the origin' : 'Loads',
        `${count(perSecond(perOrigin, now, recent))}/s`,
        now.origins.size > 0 ? `${count(sumOf(now.origins, 'inFlight'))} in flight` : `${count(now.loadErrors)} failed`,
      ),
      tile('Saved by coalescing', count(joined), since < 59 ? `in ${Math.round(since)} s` : 'last minute'),
    );
  }

  #showCharts(shown: readonly Totals[]): void {
    const times = shown.map(({ at }) => at);
    const each = (read: (now: Totals, then: Totals) => number | undefined): (number | null)[] =>
      shown.map((now, index) => {
        const then = shown[index - 1];
        return then === undefined ? null : (read(now, then) ?? null);
      });
    // Over some seconds: the history behind the shown part is looked into, too.
    const over = (seconds: number, read: (now: Totals, then: Totals) => number | undefined): (number | null)[] => {
      const { all } = this.#history;
      let from = 0;
      return shown.map((now) => {
        while (from < all.length - 1 && all[from]!.at < now.at - seconds - 0.2) from++;
        const then = all[from]!;
        return then.at >= now.at ? null : (read(now, then) ?? null);
      });
    };
    const toPercent = (ratio: number | undefined): number | undefined =>
      ratio === undefined ? undefined : ratio * 100;
    this.#charts.requests.show([
      times,
      ...['hit', 'stale', 'revalidated', 'miss', 'bypass', 'error'].map((word) =>
        each((now, then) => requestRate(now, then, word)),
      ),
      over(10, (now, then) => toPercent(hitRatio(now.requests, then.requests))),
      over(10, (now, then) => toPercent(now.bytes && then.bytes && hitRatio(now.bytes, then.bytes))),
    ] as ChartData);
    const [first] = shown;
    const hasRequests = first?.hitLatency !== undefined;
    byId('latency-of').textContent = hasRequests ? 'of hits and misses' : 'of loads; hits are not timed here';
    this.#charts.latency.show([
      times,
      ...[0.5, 0.95, 0.99].map((part) =>
        over(LATENCY_SECONDS, (now, then) => quantileMs(part, now.hitLatency, then.hitLatency)),
      ),
      ...[0.5, 0.95, 0.99].map((part) =>
        over(LATENCY_SECONDS, (now, then) =>
          hasRequests
            ? quantileMs(part, now.missLatency, then.missLatency)
            : quantileMs(part, now.loadLatency, then.loadLatency),
        ),
      ),
    ] as ChartData);
    this.#charts.origin.show([
      times,
      each((now, then) =>
        perSecond(now.origins.size > 0 ? ({ origins }) => sumOf(origins, 'requests') : ({ loads }) => loads, now, then),
      ),
      shown.map(({ origins }) => (origins.size > 0 ? sumOf(origins, 'inFlight') : null)),
      each((now, then) =>
        perSecond(
          now.origins.size > 0 ? ({ origins }) => sumOf(origins, 'failures') : ({ loadErrors }) => loadErrors,
          now,
          then,
        ),
      ),
    ] as ChartData);
    this.#charts.coalesced.show([
      times,
      each((now, then) => perSecond(({ coalesced }) => coalesced, now, then)),
      each((now, then) => perSecond(({ loads }) => loads, now, then)),
    ] as ChartData);
  }

  #showOrigins(now: Totals): void {
    const then = this.#history.before(60) ?? now;
    const p95 = quantileMs(0.95, now.originLatency, then.originLatency);
    byId('origin-of').textContent =
      now.origins.size === 0 ? 'loads of this application' : `what still reaches it; p95 ${duration(p95)}`;
    fill(
      byId('origins'),
      ...[...now.origins].map(([name, origin]) =>
        el(
          'li',
          {},
          el('span', { class: 'name' }, name),
          breakerChip(origin),
          el('span', { class: 'muted' }, `${count(origin.retries)} retries, ${count(origin.failures)} failures`),
        ),
      ),
    );
  }

  #showTiers(now: Totals, state: ServerState | undefined): void {
    const minute = this.#history.before(60) ?? now;
    const roundTrip = quantileMs(0.95, now.storeLatency, minute.storeLatency);
    fill(
      byId('tiers'),
      ...[...now.tiers].map(([name, tier]) => {
        const evicted = perSecond(({ tiers }) => tiers.get(name)?.evictions, now, minute);
        const budget = name === 'memory' ? (state?.tiers.memory.maxBytes ?? null) : null;
        // Each process has a budget of its own.
        return tierRow(name, tier, {
          evicted,
          budget: budget === null ? null : budget * (state?.nodes ?? 1),
          roundTrip: name === 'memory' ? undefined : roundTrip,
        });
      }),
      state?.tiers.store === undefined &&
        el('p', { class: 'muted' }, 'No tier behind the memory: each process fills its own.'),
    );
  }

  #showReasons(now: Totals): void {
    const then = this.#history.before(300) ?? now;
    const minutes = Math.max(1, Math.round((now.at - then.at) / 60));
    const counts = [...now.reasons]
      .map(([reason, value]) => [reason, grown(value, then.reasons.get(reason))] as const)
      .filter(([, value]) => value > 0)
      .toSorted((a, b) => b[1] - a[1]);
    const total = counts.reduce((all, [, value]) => all + value, 0);
    byId('reasons-of').textContent = total === 0 ? '' : `last ${minutes} min`;
    fill(
      byId('reasons'),
      ...counts.map(([reason, value]) =>
        el(
          'li',
          {},
          el('span', {}, reason),
          bar(value / total),
          el('span', { class: 'number' }, `${count(value)} · ${percent(value / total)}`),
        ),
      ),
      total === 0 &&
        el('li', { class: 'empty' }, now.reasons.size === 0 ? 'Reasons are not counted here.' : 'No misses.'),
    );
  }
}

function tile(name: string, value: string, detail: string): HTMLElement {
  return el('dl', { class: 'tile' }, el('dt', {}, name), el('dd', {}, value), el('p', { title: detail }, detail));
}

/** Requests a second, all or of one word. */
function requestRate(now: Totals, then: Totals, word?: string): number {
  return perSecond(({ requests }) => (word === undefined ? sum(requests) : requests[word]), now, then);
}

function served(now: Totals, then: Totals): number {
  return grown(now.bytes?.['hit'], then.bytes?.['hit']) + grown(now.bytes?.['stale'], then.bytes?.['stale']);
}

function sumOf(origins: ReadonlyMap<string, OriginTotals>, field: 'requests' | 'failures' | 'inFlight'): number {
  return [...origins.values()].reduce((total, origin) => total + origin[field], 0);
}

/** The word for a breaker, and how bad it is. */
function breakerChip({ breaker, healthy }: Pick<OriginTotals, 'breaker' | 'healthy'>): HTMLElement {
  const word = BREAKERS[Math.min(2, Math.round(breaker))] ?? 'closed';
  if (word === 'closed' && healthy === 0) return chip('unhealthy by its probes', 'bad');
  return chip(`breaker ${word}`, word === 'closed' ? 'good' : word === 'open' ? 'bad' : 'warn');
}

export function chip(text: string, mood: 'good' | 'warn' | 'bad' | 'none'): HTMLElement {
  return el('span', { class: 'chip', 'data-mood': mood }, text);
}

function bar(part: number, mood?: string): HTMLElement {
  const filled = el('span');
  // By the object model: a style attribute would be refused by the page's own policy.
  filled.style.width = `${Math.min(100, Math.max(0, part * 100))}%`;
  return el('div', { class: 'bar', 'aria-hidden': 'true', 'data-mood': mood }, filled);
}

function tierRow(
  name: string,
  tier: TierTotals,
  more: { evicted: number; budget: number | null; roundTrip: number | undefined },
): HTMLElement {
  const { evicted, budget, roundTrip } = more;
  const part = budget === null || tier.bytes === undefined ? undefined : tier.bytes / budget;
  const size = part === undefined ? bytes(tier.bytes) : `${bytes(tier.bytes)} of ${bytes(budget)}`;
  return el(
    'div',
    { class: 'tier' },
    el(
      'div',
      { class: 'line' },
      el('strong', {}, name),
      el('span', {}, size),
      el('span', { class: 'muted' }, `${count(tier.entries)} entries`),
      el('span', { class: 'muted' }, `${count(evicted)} evictions/s`),
      tier.breaker !== undefined && breakerChip({ breaker: tier.breaker, healthy: 1 }),
      roundTrip !== undefined && el('span', { class: 'muted' }, `round trip p95 ${duration(roundTrip)}`),
    ),
    part !== undefined && bar(part, part > 0.95 && evicted > 0 ? 'warn' : undefined),
  );
}
