/** What a policy sees of a record. */
export interface Evictable {
  readonly key: string;
  /** Bytes it takes, overhead included. */
  readonly size: number;
  /** Belongs to the policy: where it keeps what it knows of this record, so that a hit needs no lookup. 0 while outside. */
  slot: number;
}

/**
 * Decides which record leaves when there is no room. It knows order and popularity; which records there are, how many bytes
 * they take and what they hold is the store's business. A policy never calls back and never allocates in `touch`.
 */
export interface EvictionPolicy<R extends Evictable = Evictable> {
  /** A record came in. Its key was not there before. */
  add(record: R): void;
  /** A record took the place of another of the same key: the newcomer inherits what is known of that key. */
  replace(old: R, record: R): void;
  /** A request was answered from the record. On the hit path: a counter or a few array writes. */
  touch(record: R): void;
  /** The record left for another reason than room. */
  remove(record: R): void;
  /**
   * Takes out the record that is to leave and answers it; undefined when there is none. It may be the one that was just
   * added: that is how a policy refuses to admit a newcomer.
   */
  evict(): R | undefined;
  /** Forgets everything. The store has already let go of the records. */
  clear(): void;
}
