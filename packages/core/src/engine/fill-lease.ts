import type { TagVersions } from '../invalidation/tag-versions.js';
import type { MaybePromise } from '../store/cache-store.js';
import type { MemoryRecord } from '../store/memory-record.js';
import type { FillTicket } from './fill-ticket.js';

/** A finished load, before it becomes an entry. Instants in ms since the epoch. */
export interface EntryDraft<V = unknown> {
  readonly value: V;
  readonly isError?: boolean;
  readonly freshUntil: number;
  /** End of the stale-while-revalidate window. Default: none. */
  readonly staleUntil?: number;
  /** End of the stale-if-error window. Default: none. */
  readonly errorUntil?: number;
  /** Kept for a validator until then. Default: not beyond the windows. */
  readonly keepUntil?: number;
  readonly loadMs: number;
  readonly tags: readonly string[];
  /** Bytes of the value, where they are known; estimated otherwise. */
  readonly size?: number;
  /** See {@link Residence}. */
  readonly residence?: Residence;
}

/** How long a record answers from this process's memory without a second thought. */
export interface Residence {
  /** Upper bound before the next tier is asked again, in ms. Default: none. */
  readonly memoryTtlMs: number;
  /** Factor of refresh-ahead; 0 is off. */
  readonly refreshAhead: number;
}

/** What became of a commit. `fenced`: an invalidation came between, nothing was stored. `refused`: no tier took it. */
export interface Commit<V = unknown> {
  readonly outcome: 'stored' | 'fenced' | 'refused';
  readonly record: MemoryRecord<V> | undefined;
  /** Resolves when every tier has the entry. Never rejects: a store's fault is an event. */
  readonly written: MaybePromise<void>;
}

/** Who keeps what a lease commits. */
interface Keeper {
  now(): number;
  commit<V>(lease: FillLease, draft: EntryDraft<V>): Commit<V>;
}

/** The right to fill one key, from a place in the invalidation log on. Made by `FillLeases.open`. */
export class FillLease {
  #epoch: string;
  #position: number;
  #createdAt: number;
  #stamp: number;
  #ticket: FillTicket | undefined;
  readonly #keeper: Keeper;
  readonly #versions: TagVersions;
  #key: string;
  #parent: string | undefined;
  #isOpen = true;
  /** Tags that the entry will carry as far as they are known; undefined while they depend on the result. */
  #tags: readonly string[] | undefined;

  /** @param position - of the log, where the value is known to be from another place than the present one */
  constructor(keeper: Keeper, versions: TagVersions, key: string, parent: string | undefined, position?: number) {
    this.#keeper = keeper;
    this.#versions = versions;
    this.#key = key;
    this.#parent = parent;
    this.#epoch = versions.epoch;
    this.#position = position ?? versions.position;
    this.#stamp = versions.stamp;
    this.#createdAt = keeper.now();
  }

  /** The invalidation log that {@link position} counts in. */
  get epoch(): string {
    return this.#epoch;
  }

  /** Place in the log from which the load begins. */
  get position(): number {
    return this.#position;
  }

  /** When the load began, in ms. */
  get createdAt(): number {
    return this.#createdAt;
  }

  /** The right to fill for all processes that share the tier behind; undefined where that was not asked for, or not given. */
  get ticket(): FillTicket | undefined {
    return this.#ticket;
  }

  /**
   * Takes the right to fill for all processes. What is loaded from now on is from the present place of the log, so the load must not
   * have begun.
   */
  hold(ticket: FillTicket): void {
    this.#ticket = ticket;
    this.beginsNow();
    if (!this.#isOpen) ticket.release();
  }

  /** The load has not begun yet, but begins now: at the present place of the log. */
  beginsNow(): void {
    this.#epoch = this.#versions.epoch;
    this.#position = this.#versions.position;
    this.#stamp = this.#versions.stamp;
    this.#createdAt = this.#keeper.now();
  }

  /** The key that the result will be kept under. */
  get key(): string {
    return this.#key;
  }

  /** Another key whose invalidation concerns the result, too. */
  get parent(): string | undefined {
    return this.#parent;
  }

  /** Keeps the result under another key: where the key depends on the result, as with variants. The place in the log stays. */
  moveTo(key: string, parent?: string): void {
    this.#key = key;
    this.#parent = parent;
  }

  /** Says which tags the entry will carry, so that the invalidation of other tags does not turn newcomers away. */
  knowTags(tags: readonly string[]): void {
    this.#tags = tags;
  }

  /**
   * Whether a caller who comes now may share this fill. Not after an invalidation that concerns it, or may yet turn out to:
   * while the tags depend on the result, any tag may be one of them.
   */
  get admitsNewcomers(): boolean {
    if (!this.#isOpen) return false;
    const { toleranceMs } = this.#versions;
    if (toleranceMs !== undefined && this.#keeper.now() - this.createdAt > toleranceMs) return false;
    if (this.#versions.stamp === this.#stamp) return true;
    if (this.#tags === undefined && this.#versions.newestTagPosition > this.position) return false;
    const { epoch, position, parent } = this;
    return this.#versions.judge(this.key, { epoch, position, parent, tags: this.#tags ?? [] }).word === 'valid';
  }

  /** Stores the result unless an invalidation came between. A lease commits once; one that was given back stores nothing. */
  commit<V>(draft: EntryDraft<V>): Commit<V> {
    if (!this.#isOpen) return { outcome: 'fenced', record: undefined, written: undefined };
    this.#isOpen = false;
    const commit = this.#keeper.commit(this, draft);
    if (commit.outcome === 'fenced') this.#ticket?.release();
    return commit;
  }

  /** Gives the lease back: nothing will be stored. */
  abandon(): void {
    this.#isOpen = false;
    this.#ticket?.release();
  }
}
