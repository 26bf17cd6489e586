import { grown, hitRatio, sum, type Totals } from '@cachewarp/admin/figures';
import { duration } from '../format.js';
import type { TopState } from '../state.js';
import type { Cell, Row, Table } from '../table.js';
import { alarming, column, numberCell, partCell, ratioCell } from './cells.js';
import { overText, rateIn, spanOf } from './span.js';

/** What each route gets out of the cache. */
export function routesTable({ traffic, window, server, routeReasons }: TopState): Table {
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

function topOf(words: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0];
}
