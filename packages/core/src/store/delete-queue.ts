/** A key, or everything, that is yet to be deleted. The ticket tells two requests for the same key apart. */
export interface QueuedDelete {
  readonly key: string;
  readonly ticket: number;
}

/**
 * Deletions that a store has not confirmed. Bounded: beyond the bound the single keys are given up for one clear of the whole
 * store, which forgets too much but never too little.
 */
export class DeleteQueue {
  readonly #keys = new Map<string, number>();
  readonly #maxKeys: number;
  #clearTicket = 0;
  #tickets = 0;

  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys;
  }

  get isEmpty(): boolean {
    return this.#clearTicket === 0 && this.#keys.size === 0;
  }

  /** Whether everything is to be cleared. */
  get isClearing(): boolean {
    return this.#clearTicket !== 0;
  }

  /** Whether what the store holds for `key` may be something that was deleted. */
  holds(key: string): boolean {
    return this.#clearTicket !== 0 || this.#keys.has(key);
  }

  add(key: string): void {
    this.#keys.set(key, ++this.#tickets);
    if (this.#keys.size > this.#maxKeys) this.addClear();
  }

  addClear(): void {
    this.#clearTicket = ++this.#tickets;
    this.#keys.clear();
  }

  /** Up to `limit` keys, oldest first. */
  first(limit: number): QueuedDelete[] {
    const batch: QueuedDelete[] = [];
    for (const [key, ticket] of this.#keys) {
      if (batch.length >= limit) break;
      batch.push({ key, ticket });
    }
    return batch;
  }

  /** The ticket given out last: what a request begun now confirms when it succeeds. */
  get lastTicket(): number {
    return this.#tickets;
  }

  /** The store has deleted `key` after `ticket` was given out. A request that came later stays. */
  confirm(key: string, ticket: number): void {
    const queued = this.#keys.get(key);
    if (queued !== undefined && queued <= ticket) this.#keys.delete(key);
  }

  /** The store was cleared after `ticket` was given out. */
  confirmClear(ticket: number): void {
    if (this.#clearTicket <= ticket) this.#clearTicket = 0;
    for (const [key, queued] of this.#keys) if (queued <= ticket) this.#keys.delete(key);
  }
}
