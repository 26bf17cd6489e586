import type { MemoryRecord } from '../store/memory-record.js';
import type { Claim } from './claims.js';
import type { Residence } from './fill-lease.js';
import type { Load } from './load.js';

/** What a load wants of a tier that other processes fill, too. */
export class LoadClaim implements Claim {
  readonly replaces: boolean;
  readonly #load: Load;
  readonly #accepts: (load: Load, record: MemoryRecord) => boolean;

  constructor(load: Load, replaces: boolean, accepts: (load: Load, record: MemoryRecord) => boolean) {
    this.replaces = replaces;
    this.#load = load;
    this.#accepts = accepts;
  }

  get residence(): Residence {
    return this.#load.policy;
  }

  accepts(record: MemoryRecord): boolean {
    return this.#accepts(this.#load, record);
  }

  isAwaited(): boolean {
    return this.#load.callers > 0 && !this.#load.isSettled;
  }

  isWanted(): boolean {
    return !this.#load.isAborted;
  }
}
