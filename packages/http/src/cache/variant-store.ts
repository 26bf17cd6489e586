import {
  BoundedMap,
  expiresAt,
  type Cache,
  type EntryDraft,
  type FillLease,
  type FillLeases,
  type MemoryRecord,
} from '@cachewarp/core';
import type { HeaderFields } from '../message/headers.js';
import { KEY_SEPARATOR, type KeyedRequest } from './http-key.js';
import {
  isResponse,
  isVaryIndex,
  type ResponseRecord,
  type StoredResponse,
  type VaryIndex,
} from './stored-response.js';
import { variantSuffix } from './variant-suffix.js';

/** What a look-up found: the response that Vary selects, and whether there are others of the same URI. */
export interface Found {
  readonly record: ResponseRecord | undefined;
  readonly hasOtherVariants: boolean;
}

const NOTHING: Found = { record: undefined, hasOtherVariants: false };

/** Lists of Vary that one URI may have at a time. Each costs a look-up. */
const MAX_SELECTORS = 4;

/** Variants whose tags the origin is offered at a time: beyond, the request would grow more than an answer is worth. */
const MAX_OFFERED = 8;

/** Keys whose Vary is remembered at least without anything being stored. */
const MAX_SEEN = 10_000;

/**
 * The responses of a URI by their variants (RFC 9111 §4.1), in the stores of the cache.
 *
 * A URI whose response has no Vary has one entry, under its key. Otherwise the key holds a small index of the request fields that select,
 * and each response stands under `key + U+0001 + the values of these fields`, with the primary key as its parent: whoever invalidates
 * the primary key invalidates all variants.
 */
export class VariantStore {
  readonly #cache: Cache;
  readonly #leases: FillLeases;
  /** What answers that are not stored yet, or could not be, named in Vary: so that others of their kind find each other. */
  readonly #seen = new BoundedMap<readonly string[]>(MAX_SEEN);

  constructor(cache: Cache, leases: FillLeases) {
    this.#cache = cache;
    this.#leases = leases;
  }

  /**
   * The record that may answer without question, from memory; waits for nothing. Only where at most one list of fields selects.
   * @param suffixOf - what follows the key where these fields select; undefined where that cannot be said
   */
  hot(key: string, suffixOf: (fields: readonly string[]) => string | undefined): ResponseRecord | undefined {
    const leases = this.#leases;
    const record = leases.fresh(key);
    if (record === undefined || isResponse(record)) return record;
    if (!isVaryIndex(record)) return undefined;
    const { selectors } = record.entry.value;
    if (selectors.length !== 1) return undefined;
    const suffix = suffixOf(selectors[0]!);
    const variant = suffix === undefined ? undefined : leases.fresh(key + suffix);
    return variant !== undefined && isResponse(variant) ? variant : undefined;
  }

  /** What memory has, fresh or not; waits for nothing. */
  local({ key, request }: KeyedRequest): Found {
    const leases = this.#leases;
    const record = leases.local(key);
    if (record === undefined) return NOTHING;
    if (isResponse(record)) return { record, hasOtherVariants: false };
    if (!isVaryIndex(record)) return NOTHING;
    const places = placesOf(record, key, request.headers);
    return { record: newest(places.map((place) => leases.local(place))), hasOtherVariants: true };
  }

  /** The other variants of the URI that memory has, the newest first: at most {@link MAX_OFFERED}. */
  others({ key }: KeyedRequest): readonly ResponseRecord[] {
    const leases = this.#leases;
    const index = leases.local(key);
    if (index === undefined || !isVaryIndex(index)) return [];
    const found: ResponseRecord[] = [];
    for (const place of [...index.entry.value.variants].reverse()) {
      const record = leases.local(place);
      if (record === undefined || !isResponse(record)) continue;
      if (found.push(record) === MAX_OFFERED) break;
    }
    return found;
  }

  /** The part of a response that memory has, where it has not the whole. */
  localPart({ key, request }: KeyedRequest): ResponseRecord | undefined {
    const leases = this.#leases;
    const places = placesOf(leases.local(key), key, request.headers);
    return newest(places.map((place) => leases.local(partOf(place))));
  }

  /** {@link localPart}, asking the tier behind the memory, too. Never rejects. */
  async fetchPart({ key, request }: KeyedRequest): Promise<ResponseRecord | undefined> {
    const leases = this.#leases;
    const places = placesOf(await leases.lookup(key), key, request.headers);
    return newest(await Promise.all(places.map(async (place) => leases.lookup(partOf(place)))));
  }

  /** Asks the tier behind the memory, so that {@link local} has what it has. Never rejects. */
  async fetch({ key, request }: KeyedRequest): Promise<Found> {
    const leases = this.#leases;
    const record = await leases.lookup(key);
    if (record === undefined) return NOTHING;
    if (isResponse(record)) return { record, hasOtherVariants: false };
    if (!isVaryIndex(record)) return NOTHING;
    const places = placesOf(record, key, request.headers);
    const variants = await Promise.all(places.map(async (place) => leases.lookup(place)));
    return { record: newest(variants), hasOtherVariants: true };
  }

  /** The key under which the answer to this request will be kept, if it has the Vary of the last one: those who share it may share one. */
  probableKey({ key, request }: KeyedRequest): string {
    const record = this.#leases.local(key);
    const selector =
      record !== undefined && isVaryIndex(record) ? record.entry.value.selectors[0] : this.#seen.get(key);
    return selector === undefined ? key : variantOf(key, selector, request.headers);
  }

  /** Points a lease at the place of a response with this Vary, once its head is known: of the whole, or of a part of it. */
  place(lease: FillLease, { primary, key, request }: KeyedRequest, vary: readonly string[], isPart = false): void {
    const selector = this.#selectorOf(key, vary);
    if (selector.length > 0) this.#seen.set(key, selector);
    else this.#seen.delete(key);
    const whole = variantOf(key, selector, request.headers);
    const place = isPart ? partOf(whole) : whole;
    lease.moveTo(place, place === primary ? undefined : primary);
  }

  /**
   * Keeps a response under a lease that was placed.
   * @returns its record; undefined when it was not kept: an invalidation came between, it does not fit, or something younger is there
   */
  keep(
    lease: FillLease,
    keyed: KeyedRequest,
    draft: EntryDraft<StoredResponse>,
    maxVariants: number,
  ): ResponseRecord | undefined {
    const present = this.#leases.local(lease.key);
    if (present !== undefined && isResponse(present) && present.entry.createdAt > lease.createdAt) {
      lease.abandon();
      return undefined;
    }
    const { outcome, record, written } = lease.commit(draft);
    if (written instanceof Promise) this.#cache.parts.background.run(`store ${lease.key}`, written);
    const selector = this.#selectorOf(keyed.key, draft.value.vary);
    if (outcome === 'stored' && selector.length > 0) this.#index(keyed, selector, draft, maxVariants);
    return record;
  }

  /**
   * Which fields select among the responses of a URI (RFC 9111 §4.1): those that this one names; where it names none, those of the last
   * one that did, as long as such responses are kept. An error without Vary would else take the place of every variant.
   */
  #selectorOf(key: string, vary: readonly string[]): readonly string[] {
    if (vary.length > 0) return vary;
    const record = this.#leases.local(key);
    const isInUse = record !== undefined && isVaryIndex(record) && this.#cache.clock.now() < expiresAt(record.entry);
    return isInUse ? (record.entry.value.selectors[0] ?? vary) : vary;
  }

  /** Drops what must not be used any more, where its key was not invalidated: the origin has taken it back. */
  drop(key: string): void {
    const { tiers, background } = this.#cache.parts;
    const dropped = tiers.drop(key);
    if (dropped instanceof Promise) background.run(`drop ${key}`, dropped);
  }

  /** Enters a variant into the index of its URI. */
  #index(
    keyed: KeyedRequest,
    selector: readonly string[],
    draft: EntryDraft<StoredResponse>,
    maxVariants: number,
  ): void {
    const { parts, events } = this.#cache;
    const leases = this.#leases;
    const variant = variantOf(keyed.key, selector, keyed.request.headers);
    const present = leases.local(keyed.key);
    const index = present !== undefined && isVaryIndex(present) ? present : undefined;
    const known: VaryIndex = index?.entry.value ?? { kind: 'vary', selectors: [], variants: [] };
    const knownUntil = index === undefined ? 0 : expiresAt(index.entry);
    // An answer without Vary does not prolong the index: an origin that does not vary any more is believed when the last variant is gone.
    const until = draft.value.vary.length === 0 ? knownUntil : endOf(draft);
    const isKnown = isSame(known.selectors[0], selector) && known.variants.includes(variant);
    if (isKnown && knownUntil >= until && index?.entry.freshUntil === knownUntil) return;

    const variants = [...known.variants.filter((other) => other !== variant), variant];
    const surplus = variants.splice(0, Math.max(0, variants.length - maxVariants));
    if (surplus.length > 0) events.emit('variantLimit', { key: keyed.primary, limit: maxVariants });
    for (const other of surplus) {
      this.drop(other);
      this.drop(partOf(other));
    }
    const others = known.selectors.filter((other) => !isSame(other, selector));
    const selectors = [selector, ...others].slice(0, MAX_SELECTORS);
    const value: VaryIndex = { kind: 'vary', selectors, variants };
    const lease = leases.open(keyed.key, keyed.key === keyed.primary ? undefined : keyed.primary);
    const lasting = Math.max(until, knownUntil);
    const { written } = lease.commit({ value, freshUntil: lasting, loadMs: 0, tags: [] });
    if (written instanceof Promise) parts.background.run(`store ${keyed.key}`, written);
  }
}

/** Where a response stands whose Vary names these fields: under the key itself where it names none. */
function variantOf(key: string, fields: readonly string[], headers: HeaderFields): string {
  return `${key}${variantSuffix(fields, headers)}`;
}

/** The instant from which the entry of a draft is of no use. */
function endOf({ freshUntil, staleUntil = 0, errorUntil = 0, keepUntil = 0 }: EntryDraft): number {
  return Math.max(freshUntil, staleUntil, errorUntil, keepUntil);
}

/** Where a part of a response stands: beside the place of the whole, so that it never answers for it. */
function partOf(place: string): string {
  return `${place}${KEY_SEPARATOR}part`;
}

/** Where the variants that match a request stand, by what is under its key. */
function placesOf(record: MemoryRecord | undefined, key: string, headers: HeaderFields): string[] {
  if (record === undefined || !isVaryIndex(record)) return [key];
  return record.entry.value.selectors.map((fields) => variantOf(key, fields, headers));
}

function isSame(one: readonly string[] | undefined, other: readonly string[]): boolean {
  return one !== undefined && one.length === other.length && one.every((name, index) => name === other[index]);
}

/** RFC 9111 §4.1: of several that match, the most recent. */
function newest(records: readonly (MemoryRecord | undefined)[]): ResponseRecord | undefined {
  let found: ResponseRecord | undefined;
  for (const record of records) {
    if (record === undefined || !isResponse(record)) continue;
    if (found === undefined || record.entry.value.responseTime > found.entry.value.responseTime) found = record;
  }
  return found;
}
