import type { Clock, Timer } from '../base/clock.js';
import type { CacheEntry } from '../entry/cache-entry.js';
import type { MaybePromise } from '../store/cache-store.js';
import type { GuardedStore } from '../store/guarded-store.js';

/** What a ticket stands on. */
export interface TicketParts {
  readonly store: GuardedStore;
  readonly clock: Clock;
  /** The key that was leased; what comes of it may be kept under another. */
  readonly key: string;
  readonly token: string;
  readonly leaseMs: number;
  /** Told when the ticket was used or given back. */
  readonly onSpent: () => void;
  /** Told when the lease turned out to have ended before the fill. */
  readonly onLost: (key: string) => void;
}

/**
 * The right to fill a key for all processes that share a tier: a lease there, prolonged at a third of its time until it is used or given
 * back. A process that dies, or stands still for longer than that, has lost it, and what it brings then is not stored.
 */
export class FillTicket {
  readonly #parts: TicketParts;
  #timer: Timer | undefined;
  #isSpent = false;

  constructor(parts: TicketParts) {
    this.#parts = parts;
    this.#renewLater();
  }

  /** The key that was leased. */
  get key(): string {
    return this.#parts.key;
  }

  /** Stores the entry in the shared tier, if the lease is still held. Resolves when that is done or has failed; never rejects. */
  fill(key: string, entry: CacheEntry): MaybePromise<void> {
    if (!this.#spend()) return;
    return this.#fill(key, entry);
  }

  /** Gives the lease back, so that another may fill at once. Once it is used or given back, this does nothing. */
  release(): void {
    const { store, key, token } = this.#parts;
    // The guard behind it tells of its failure, and waits for it when the cache closes.
    if (this.#spend()) void store.release(key, token);
  }

  async #fill(key: string, entry: CacheEntry): Promise<void> {
    const { store, key: leased, token, onLost } = this.#parts;
    const isDone = key === leased ? await store.fill(key, token, entry) : await store.release(leased, token);
    if (isDone === false) onLost(key);
    else if (key !== leased && isDone === true) await store.set(key, entry);
  }

  #spend(): boolean {
    if (this.#isSpent) return false;
    this.#isSpent = true;
    this.#timer?.cancel();
    this.#parts.onSpent();
    return true;
  }

  #renewLater(): void {
    const { clock, leaseMs } = this.#parts;
    this.#timer = clock.setTimer(() => void this.#renew(), leaseMs / 3);
  }

  async #renew(): Promise<void> {
    const { store, key, token, leaseMs } = this.#parts;
    const isHeld = await store.renew(key, token, leaseMs);
    // A lease that was lost is seen as such when the fill is refused.
    if (isHeld !== false && !this.#isSpent) this.#renewLater();
  }
}
