/**
 * One kept result, as every tier stores it. An entry holds instants (ms since the epoch), never durations, and the place
 * in the invalidation log from which its load began: it is valid while none of its targets was invalidated after it.
 */
export interface CacheEntry<V = unknown> {
  /** What the loader returned, or the error it threw when `isError`. */
  readonly value: V;
  /** True when `value` is an error kept on purpose (option `errors`); it is thrown again on a hit. */
  readonly isError: boolean;
  /** When the load began. */
  readonly createdAt: number;
  /** Served without question before this instant. */
  readonly freshUntil: number;
  /** Served at once, while one refresh runs, before this instant (stale-while-revalidate; RFC 5861 section 3). */
  readonly staleUntil: number;
  /** Served when the load fails, before this instant (stale-if-error; RFC 5861 section 4). */
  readonly errorUntil: number;
  /** Kept at least until this instant though no window allows it any more, because a validator may renew it; 0 where none can. */
  readonly keepUntil: number;
  /** How long the load took, in ms: what refresh-ahead and the savings report reckon with. */
  readonly loadMs: number;
  /** Tags whose invalidation drops this entry. */
  readonly tags: readonly string[];
  /** Another key whose invalidation drops this entry too: a variant's primary key. */
  readonly parent: string | undefined;
  /** Which invalidation log `position` counts in; an entry of a log we do not follow is invalid. */
  readonly epoch: string;
  /** Place in the log read before the load began. */
  readonly position: number;
  /** Bytes of the value as estimated or known, without the store's own overhead. */
  readonly size: number;
}

/** The instant from which a store may drop the entry: no window allows it and no validator could renew it. */
export function expiresAt(entry: CacheEntry): number {
  return Math.max(entry.freshUntil, entry.staleUntil, entry.errorUntil, entry.keepUntil);
}
