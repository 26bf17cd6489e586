import type { Happening, ServerState } from '../src/message/admin-answers.js';
import { byId, el, fill } from './dom.js';
import { count, duration, percent } from './format.js';
import { grown, hitRatio, perSecond, sum } from './rates.js';
import type { TrafficHistory } from './traffic-history.js';

/** Misses remembered by route, for the reason that leads; old ones are forgotten so that it is that of now. */
const REMEMBERED = 200;

/** The table of routes: what each gets out of the cache. */
export class RoutesPanel {
  readonly #history: TrafficHistory;
  readonly #misses = new Map<string, string[]>();

  constructor(history: TrafficHistory) {
    this.#history = history;
  }

  /** Learns from the live tail why requests of a route missed. */
  hear(happenings: readonly Happening[]): void {
    for (const { route, word, reason } of happenings) {
      // What went past the cache by its method or a rule was no miss.
      if (route === undefined || reason === undefined || (word !== 'miss' && word !== 'revalidated')) continue;
      const misses = this.#misses.get(route) ?? [];
      misses.push(reason);
      if (misses.length > REMEMBERED) misses.shift();
      this.#misses.set(route, misses);
    }
  }

  show(state: ServerState | undefined): void {
    const now = this.#history.last;
    const then = this.#history.before(60) ?? now;
    if (now === undefined || then === undefined) return;
    const ttls = new Map(state?.routes.map(({ name, ttlMs }) => [name, ttlMs]));
    const names = new Set([...now.routes.keys(), ...ttls.keys()]);
    const rows = [...names]
      .map((name) => {
        const words = now.routes.get(name) ?? {};
        const before = then.routes.get(name) ?? {};
        const requests = grown(sum(words), sum(before));
        return { name, words, before, requests, total: sum(words) };
      })
      .toSorted((a, b) => b.requests - a.requests || b.total - a.total || (a.name < b.name ? -1 : 1));
    fill(
      byId('routes'),
      ...rows.map(({ name, words, before, requests, total }) =>
        el(
          'tr',
          {},
          el('td', { class: 'name' }, name),
          el('td', { class: 'number' }, count(perSecond(({ routes }) => sum(routes.get(name)), now, then))),
          el('td', { class: 'number' }, percent(hitRatio(words, before))),
          el(
            'td',
            { class: 'number' },
            requests === 0 ? '–' : percent(grown(words['stale'], before['stale']) / requests),
          ),
          el('td', { class: 'number' }, requests === 0 ? '–' : count(grown(words['error'], before['error']))),
          el('td', { class: 'number' }, ttlOf(ttls.get(name), ttls.has(name))),
          el('td', { class: 'text' }, this.#topReason(name) ?? '–'),
          el('td', { class: 'number' }, count(total)),
        ),
      ),
      rows.length === 0 && el('tr', {}, el('td', { class: 'empty', colspan: 8 }, 'No requests yet.')),
    );
  }

  #topReason(route: string): string | undefined {
    const counts = new Map<string, number>();
    for (const reason of this.#misses.get(route) ?? []) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    return [...counts].toSorted((a, b) => b[1] - a[1])[0]?.[0];
  }
}

function ttlOf(ttlMs: number | null | undefined, isConfigured: boolean): string {
  if (ttlMs === null) return 'from the origin';
  return isConfigured ? duration(ttlMs) : '–';
}
