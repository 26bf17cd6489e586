import type { Cache, FillLeases } from '@cachewarp/core';
import type { HttpResponse } from '../message/http-message.js';
import { rangeLength } from '../semantics/ranges.js';
import type { AdaptiveResponses } from './adaptive-responses.js';
import { draftEntry, storeRenewed, storeResponse, type ResponseHead } from './draft-response.js';
import type { Fill } from './fill.js';
import { joinParts, type Content } from './partial-content.js';
import type { RecentKeys } from './recent-keys.js';
import type { Renewal } from './revalidator.js';
import type { SearchIndex } from './search-index.js';
import { isResponse, type ResponseRecord, type Uncacheable } from './stored-response.js';
import type { VariantStore } from './variant-store.js';

/** What keeping stands on. */
export interface KeeperParts {
  readonly cache: Cache;
  readonly leases: FillLeases;
  readonly variants: VariantStore;
  readonly searches: SearchIndex;
  readonly adaptive: AdaptiveResponses;
  /** Keys whose answers could not be stored a moment ago. */
  readonly uncacheable: RecentKeys;
}

/** Keeps answers under the lease of the fill that brought them, and remembers of which keys none could be kept. */
export class Keeper {
  readonly #parts: KeeperParts;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  /** The head is known, and with it where the answer will be kept and by which tags it can be invalidated. */
  prepare({ walk, lease }: Fill, { vary, tags, part }: Pick<ResponseHead, 'vary' | 'tags' | 'part'>): void {
    this.#parts.variants.place(lease, walk.keyed, vary, part !== undefined);
    lease.knowTags(tags);
  }

  /** Keeps an answer that is complete: a whole response, or a whole part of one. */
  keep(fill: Fill, head: ResponseHead, body: Uint8Array): void {
    const { missKey, walk } = fill;
    if (body.length > walk.policy.maxBodyBytes) return this.cannotKeep(fill);
    if (head.part === undefined) {
      if (this.#keep(fill, { head, body }) === 'passed') return this.cannotKeep(fill);
    }
    if (head.part !== undefined && body.length === rangeLength(head.part)) this.#keepPart(fill, head, body);
    if (missKey !== undefined) this.#parts.uncacheable.forget(missKey);
  }

  /** Keeps what the origin confirmed, with its new fields. */
  keepRenewal(fill: Fill, renewal: Renewal, loadMs: number): ResponseRecord | undefined {
    const { tags, head } = renewal;
    const { walk, lease } = fill;
    const { policy, keyed } = walk;
    this.prepare(fill, head);
    const settled = this.#parts.adaptive.settle(walk, lease.key, head, 'same', loadMs);
    if (settled === 'pass') {
      this.cannotKeep(fill);
      return undefined;
    }
    const stored = settled === head ? renewal.stored : storeRenewed(renewal.stored, settled, policy);
    const record = this.#parts.variants.keep(
      lease,
      keyed,
      draftEntry(stored, tags, loadMs, policy),
      policy.maxVariants,
    );
    if (record !== undefined) this.#parts.searches.note(keyed, stored, record);
    return record;
  }

  /** Nothing can be kept of this key, for now: its requests need not wait for each other. */
  cannotKeep(fill: Fill): void {
    const { walk, missKey } = fill;
    if (missKey === undefined) return;
    const until = this.#parts.cache.clock.now() + walk.policy.hitForMissMs;
    this.#parts.uncacheable.note(missKey, until);
    if (fill.record === undefined) this.#tellOthers(fill, until);
  }

  /** Other processes wait for what cannot be kept: they need not. */
  #tellOthers({ lease, walk }: Fill, until: number): void {
    if (lease.ticket === undefined) return;
    const { primary } = walk.keyed;
    const { key } = lease.ticket;
    lease.moveTo(key, key === primary ? undefined : primary);
    const value: Uncacheable = { kind: 'uncacheable' };
    const { written } = lease.commit({ value, freshUntil: until, loadMs: 0, tags: [] });
    if (written instanceof Promise) this.#parts.cache.parts.background.run(`store ${key}`, written);
  }

  /**
   * The origin answered with something that may not be kept. Where it tells what the resource is now, what is stored and stale is out of
   * date: it must not be served while a next refresh runs.
   */
  letGo(record: ResponseRecord, { status }: HttpResponse): void {
    const isTelling =
      (status >= 200 && status < 400 && status !== 304 && status !== 206) || status === 404 || status === 410;
    if (isTelling && this.#parts.cache.clock.now() >= record.entry.freshUntil) this.#parts.variants.drop(record.key);
  }

  #keep({ walk, lease }: Fill, { head, body }: Content): 'kept' | 'passed' {
    const { policy, keyed } = walk;
    const loadMs = this.#parts.cache.clock.now() - lease.createdAt;
    const settled = this.#parts.adaptive.settle(walk, lease.key, head, body, loadMs);
    if (settled === 'pass') return 'passed';
    const draft = draftEntry(storeResponse(settled, body, policy), head.tags, loadMs, policy);
    const record = this.#parts.variants.keep(lease, keyed, draft, policy.maxVariants);
    if (record !== undefined) this.#parts.searches.note(keyed, draft.value, record);
    return 'kept';
  }

  #keepPart(fill: Fill, head: ResponseHead, body: Uint8Array): void {
    const { leases, variants, cache } = this.#parts;
    const { walk, lease } = fill;
    const place = lease.key;
    const record = leases.local(place);
    const stored = record !== undefined && isResponse(record) ? record.entry.value : undefined;
    const joined = joinParts(stored, { head, body }, cache.clock.now(), walk.policy.maxBodyBytes);
    if (joined.head.part === undefined) {
      variants.drop(place);
      variants.place(lease, walk.keyed, head.vary);
    }
    this.#keep(fill, joined);
  }
}
