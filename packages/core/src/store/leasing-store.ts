import type { CacheEntry } from '../entry/cache-entry.js';
import type { CacheStore, MaybePromise } from './cache-store.js';

/** How {@link LeasingStore.acquire} is to go about a key. */
export interface AcquireOptions {
  /** How long the lease lasts unless it is renewed, in ms. */
  readonly leaseMs: number;
  /** Whether the lease is wanted although an entry is stored: to refresh it, or because it was found to be invalid. */
  readonly replaces: boolean;
}

/**
 * What a reader finds who would load what is missing.
 * - `entry`: something is stored, and no lease was taken. Whether it is fresh and valid is for the engine to say.
 * - `lease`: nothing is stored, or it is to be replaced; the reader may fill, and nobody else until the lease ends.
 * - `taken`: somebody else fills; his lease lasts for `remainingMs` still, and may be renewed.
 */
export type Acquired =
  | { readonly word: 'entry'; readonly entry: CacheEntry }
  | { readonly word: 'lease'; readonly token: string; readonly entry: CacheEntry | undefined }
  | { readonly word: 'taken'; readonly remainingMs: number; readonly entry: CacheEntry | undefined };

/**
 * A store that several processes share, and that lets one of them at a time fill a key.
 *
 * Beyond what every {@link CacheStore} promises:
 * - A read (`get`, `getMany`, `acquire`) answers only when the invalidation log of the same tier has told its listeners of every record
 *   that was placed before the read began. Where it cannot, it fails.
 * - `set` and `fill` leave what is stored alone where that is of the same log (`epoch`) and has a later `position`.
 * - Each operation is safe to send twice: a connection that is made anew may repeat what was sent.
 */
export interface LeasingStore extends CacheStore {
  /** Whether the medium is known to be away now; a store that cannot tell leaves it out. */
  readonly isAway?: boolean | undefined;
  /**
   * What is stored under `key`; or the lease to fill it; or how long another's lease lasts. One round trip where something is stored; a
   * store may take a second one to lease what is missing.
   */
  acquire(key: string, options: AcquireOptions): MaybePromise<Acquired>;
  /**
   * Stores what a lease was taken for, ends the lease, and wakes those who wait for it.
   * @returns false where the lease was no longer held: then nothing is stored
   */
  fill(key: string, token: string, entry: CacheEntry): MaybePromise<boolean>;
  /**
   * Gives a lease back and wakes those who wait for it.
   * @returns whether it was still held
   */
  release(key: string, token: string): MaybePromise<boolean>;
  /**
   * Lets a lease last for `leaseMs` from now.
   * @returns false where it was no longer held
   */
  renew(key: string, token: string, leaseMs: number): MaybePromise<boolean>;
  /**
   * Resolves when the lease of `key` may have ended: when that was heard, or after `maxMs`. Hearing is a hint and may fail, so
   * whoever waits asks again. Never rejects.
   */
  ended(key: string, maxMs: number): Promise<void>;
}

/** Whether a store lets one process at a time fill a key. */
export function isLeasingStore(store: CacheStore): store is LeasingStore {
  const { acquire, fill, release, renew, ended } = store as Partial<LeasingStore>;
  return [acquire, fill, release, renew, ended].every((method) => typeof method === 'function');
}
