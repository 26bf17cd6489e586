import type { Database } from './database.js';
import { rowKey, TABLE, tableSpan } from './layout.js';

/** A lease as it is stored. */
export interface Lease {
  readonly token: string;
  readonly endsAt: number;
}

/**
 * The leases of one cache. They end by a clock that counts from the start of the machine and is the same in all its processes, so that a
 * step of the wall clock neither ends nor prolongs one. A lease that would last longer than it was given for is of an earlier run of the
 * machine, and has ended.
 */
export class LeaseTable {
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The lease of a key that is held now. */
  held(db: Database, id: Buffer): Lease | undefined {
    const row = db.get(rowKey(TABLE.lease, id));
    return row && this.#read(row);
  }

  remainingMs(lease: Lease): number {
    return lease.endsAt - this.#now();
  }

  put(db: Database, id: Buffer, token: string, leaseMs: number): void {
    const row = Buffer.allocUnsafe(16 + token.length);
    row.writeDoubleBE(this.#now() + leaseMs, 0);
    row.writeDoubleBE(leaseMs, 8);
    row.write(token, 16, 'latin1');
    db.put(rowKey(TABLE.lease, id), row);
  }

  remove(db: Database, id: Buffer): void {
    db.remove(rowKey(TABLE.lease, id));
  }

  hasAny(db: Database): boolean {
    const [start, end] = tableSpan(TABLE.lease);
    return db.rows({ start, end, limit: 1 }).length > 0;
  }

  /** Removes leases that have ended, looking at `limit` of them, from `start` on. Returns where to go on; undefined at the end. */
  sweep(db: Database, limit: number, from?: Buffer): Buffer | undefined {
    const [start, end] = tableSpan(TABLE.lease);
    const rows = db.rows({ start: from ?? start, end, limit });
    for (const { key, value } of rows) if (this.#read(value) === undefined) db.remove(key);
    return rows.length < limit ? undefined : Buffer.concat([rows.at(-1)!.key, Buffer.from([0])]);
  }

  #read(row: Buffer): Lease | undefined {
    const [endsAt, leaseMs] = [row.readDoubleBE(0), row.readDoubleBE(8)];
    const remainingMs = endsAt - this.#now();
    return remainingMs > 0 && remainingMs <= leaseMs ? { token: row.toString('latin1', 16), endsAt } : undefined;
  }
}
