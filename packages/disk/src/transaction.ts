import type { Database, Room } from './database.js';
import { TOTALS_KEY } from './layout.js';
import { decodeTotals, encodeTotals, type Totals } from './totals.js';

/** What a transaction works with: the rows, and the totals, which are written back where they were changed. */
export interface Transaction {
  readonly db: Database;
  readonly totals: Totals;
}

/** Room for any transaction, in bytes, beside the bytes of values. */
const ROOM_BYTES = 1024 ** 2;
/** A value that is longer than a page lies in pages of its own. */
const PER_VALUE_BYTE = 2;

/** Room for a transaction that frees more than it takes, or takes next to nothing. */
export const ROOM_TO_REMOVE: Room = { bytes: ROOM_BYTES, isRemoval: true };

/** Room for one that stores values of `bytes`. */
export function roomToWrite(bytes: number): Room {
  return { bytes: ROOM_BYTES + PER_VALUE_BYTE * bytes };
}

/** Does `work` as one, with the totals as all transactions before it left them. */
export function transact<T>(db: Database, room: Room, work: (transaction: Transaction) => T): T {
  return db.transact(room, () => {
    const before = db.get(TOTALS_KEY);
    const totals = decodeTotals(before);
    const result = work({ db, totals });
    const after = encodeTotals(totals);
    if (before === undefined || !after.equals(before)) db.put(TOTALS_KEY, after);
    return result;
  });
}
