import type { Clock } from '@cachewarp/core';
import type { DiskLog } from './disk-log.js';
import type { EntryTable } from './entry-table.js';
import type { LeaseTable } from './lease-table.js';
import type { ReadMarks } from './read-marks.js';
import type { Space } from './space.js';

/** Expired entries removed at a time. */
const EXPIRED_PER_SWEEP = 64;
/** Leases looked at in one sweep. */
const LEASES_PER_SWEEP = 200;
/** How often it is swept, in ms. */
const SWEEP_MS = 1_000;

/** What {@link Housekeeping} stands on. */
export interface HousekeepingParts {
  readonly space: Space;
  readonly log: DiskLog;
  readonly entries: EntryTable;
  readonly leases: LeaseTable;
  readonly marks: ReadMarks;
  readonly clock: Clock;
}

/**
 * What a process does beside, on timers that do not keep it alive: it hears what others invalidate, writes down what was read, and removes
 * what has expired.
 */
export class Housekeeping {
  readonly #parts: HousekeepingParts;
  readonly #timers: readonly NodeJS.Timeout[];
  #leasesFrom: Buffer | undefined;

  constructor(parts: HousekeepingParts, pollMs: number) {
    this.#parts = parts;
    this.#timers = [
      setInterval(() => parts.log.poll(), pollMs).unref(),
      setInterval(() => this.#sweep(), SWEEP_MS).unref(),
    ];
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  #sweep(): void {
    const { space, entries, leases, marks, clock } = this.#parts;
    try {
      space.checkFile();
      marks.flush();
      const now = clock.now();
      const from = this.#leasesFrom;
      if (space.read((db) => entries.hasExpired(db, now))) {
        space.remove((transaction) => entries.removeExpired(transaction, now, EXPIRED_PER_SWEEP));
      }
      if (space.read((db) => leases.hasAny(db))) {
        this.#leasesFrom = space.remove(({ db }) => leases.sweep(db, LEASES_PER_SWEEP, from));
      }
    } catch {
      // Tried again a second later; what is at fault with the disk is told to whoever reads or writes.
    }
  }
}
