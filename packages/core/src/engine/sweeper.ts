import { setImmediate } from 'node:timers/promises';
import type { MemoryTier } from '../store/memory-tier.js';
import type { Background } from './background.js';
import type { FillLeases } from './fill-leases.js';

/** Records looked at before other work gets its turn. */
const CHUNK = 500;

/**
 * Frees the memory of entries that can never be served again. Invalid entries are never served in any case, since every read
 * judges them; without a sweep they would only lie there until they are evicted.
 */
export class Sweeper {
  readonly #memory: MemoryTier;
  readonly #leases: FillLeases;
  readonly #background: Background;
  #isRunning = false;
  #isWanted = false;

  constructor(memory: MemoryTier, leases: FillLeases, background: Background) {
    this.#memory = memory;
    this.#leases = leases;
    this.#background = background;
  }

  /** Sweeps soon, in the background and in small portions. Asking again meanwhile makes it go round once more. */
  request(): void {
    this.#isWanted = true;
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#background.run('sweep', this.#sweepInPortions());
  }

  /** Sweeps everything now, so that what is counted next is true. */
  sweepNow(): void {
    // The first call ends the round that is under way, the second sees every record.
    this.#memory.sweep(Infinity);
    this.#memory.sweep(Infinity);
    for (const record of [...this.#memory.records()]) this.#dropIfInvalid(record.key);
  }

  async #sweepInPortions(): Promise<void> {
    try {
      while (this.#isWanted) {
        this.#isWanted = false;
        let seen = 0;
        for (const key of [...this.#memory.records()].map((record) => record.key)) {
          if (++seen % CHUNK === 0) await setImmediate();
          this.#dropIfInvalid(key);
        }
      }
    } finally {
      this.#isRunning = false;
    }
  }

  #dropIfInvalid(key: string): void {
    const record = this.#memory.peekRecord(key);
    if (record !== undefined && !this.#leases.isValid(record)) this.#memory.drop(key);
  }
}
