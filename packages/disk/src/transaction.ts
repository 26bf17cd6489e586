import type { Database } from './database.js';
import { TOTALS_KEY } from './layout.js';
import { decodeTotals, encodeTotals, type Totals } from './totals.js';

/** What a transaction works with: the rows, and the totals, which are written back where they were changed. */
export interface Transaction {
  readonly db: Database;
  readonly totals: Totals;
}

/** Does `work` as one, with the totals as all transactions before it left them. */
export function transact<T>(db: Database, work: (transaction: Transaction) => T): T {
  return db.transact(() => {
    const before = db.get(TOTALS_KEY);
    const totals = decodeTotals(before);
    const result = work({ db, totals });
    const after = encodeTotals(totals);
    if (before === undefined || !after.equals(before)) db.put(TOTALS_KEY, after);
    return result;
  });
}
