/** What a policy sees of a record. */
export interface Evictable {
  readonly key: string;
  /** Bytes it takes, overhead included. */
  readonly size: number;
  /** The instant from which it is of no use any more, in ms. */
  readonly expiresAt: number;
  /** Belongs to the policy: where it keeps what it knows of this record, so that a hit needs no lookup. 0 while outside. */
  slot: number;
  /** Belongs to the policy: 32 bits, signed, of whatever it has to remember of the record. */
  note: number;
}

/** How much the store may hold: what a policy takes its shares of. `Infinity` where there is no bound. */
export interface Capacity {
  readonly maxBytes: number;
  readonly maxEntries: number;
}

/**
 * Decides which record leaves when there is no room. It knows order and popularity; which records there are, how many bytes
 * they take and what they hold is the store's business. A policy never calls back and never allocates in `touch`.
 *
 * A request that finds a record is one `touch`; one that finds none is one `add`, once the value is there. A newcomer is
 * added when there is room for it, so it is never its own victim.
 */
export interface EvictionPolicy<R extends Evictable = Evictable> {
  /** A record came in. Its key was not there before. */
  add(record: R): void;
  /** A record took the place of another of the same key: the newcomer inherits what is known of that key. No request. */
  replace(old: R, record: R): void;
  /** A request was answered from the record. On the hit path: a counter or a few array writes. */
  touch(record: R): void;
  /** The record left for another reason than room. */
  remove(record: R): void;
  /**
   * Takes out the record that is to leave and answers it; undefined when there is none. Of the records it looks at, the first
   * that has expired at `now` (ms) is the one.
   */
  evict(now: number): R | undefined;
  /** Forgets everything. The store has already let go of the records. */
  clear(): void;
}
