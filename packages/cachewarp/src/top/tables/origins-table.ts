import { grown, quantileMs, type OriginTotals } from '@cachewarp/admin/figures';
import { duration } from '../format.js';
import type { TopState } from '../state.js';
import type { Cell, Row, Table } from '../table.js';
import { alarming, cell, column, numberCell } from './cells.js';
import { overText, rateIn, spanOf } from './span.js';

/** What still reaches each origin, and how it is. */
export function originsTable({ traffic, window, server }: TopState): Table {
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
