import { grown } from '@cachewarp/admin/figures';
import { REASONS } from '../reasons.js';
import type { TopState } from '../state.js';
import type { Row, Table } from '../table.js';
import { column, numberCell, partCell } from './cells.js';
import { overText, rateIn, spanOf } from './span.js';

/** Why requests missed. */
export function missesTable({ traffic, window }: TopState): Table {
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
