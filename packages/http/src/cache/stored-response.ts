import type { MemoryRecord } from '@cachewarp/core';
import { HeaderFields } from '../message/headers.js';
import type { StoredFacts } from '../semantics/facts.js';
import type { Freshness } from '../semantics/freshness.js';
import type { ContentRange } from '../semantics/ranges.js';

/** A response as every tier stores it: plain data. */
export interface StoredResponse {
  readonly kind: 'response';
  readonly status: number;
  readonly reason: string | undefined;
  /** The fields that clients get, flat: name, value, name, value, … without Age, X-Cache and Cache-Status, which each answer has of its own. */
  readonly headers: readonly string[];
  /** Fields that speak to caches only, flat: kept, because later decisions need them, and not sent (`surrogateFields: 'strip'`). */
  readonly withheld: readonly string[];
  readonly body: Uint8Array;
  /** Which part of the whole `body` is; undefined when it is the whole. */
  readonly part: ContentRange | undefined;
  /** When the request was sent and when the head of the answer arrived, ms since the epoch. */
  readonly requestTime: number;
  readonly responseTime: number;
  /** As worked out when it was stored or freshened. The entry's own instants go before: a soft expiry moves them. */
  readonly freshness: Freshness;
  /** The request fields that Vary names, lower-case, sorted. */
  readonly vary: readonly string[];
  /** Whether the ETag is of our making: then the origin cannot be asked about it. */
  readonly hasOwnEtag: boolean;
}

/** What is kept under a key whose responses vary: which request fields select, and which variants there are. */
export interface VaryIndex {
  readonly kind: 'vary';
  /** Lists of request fields that responses named in Vary, the newest first. Mostly one. */
  readonly selectors: readonly (readonly string[])[];
  /** The last parts of the variants' keys, the oldest first. Some may be gone. */
  readonly variants: readonly string[];
}

/** What is kept under a key, in a tier that several processes share, of whose answers none can be kept: none of them waits for another. */
export interface Uncacheable {
  readonly kind: 'uncacheable';
}

/** A record of the HTTP cache. Others of the same cache may hold anything. */
export type ResponseRecord = MemoryRecord<StoredResponse>;

/** Whether a record holds a response. A key of ours may have been given to something else, which must count as nothing. */
export function isResponse(record: MemoryRecord): record is ResponseRecord {
  return kindOf(record) === 'response';
}

/** Whether a record holds the index of variants. */
export function isVaryIndex(record: MemoryRecord): record is MemoryRecord<VaryIndex> {
  return kindOf(record) === 'vary';
}

/** Whether a record says that no answer could be kept. */
export function isUncacheable(record: MemoryRecord): record is MemoryRecord<Uncacheable> {
  return kindOf(record) === 'uncacheable';
}

function kindOf({ entry }: MemoryRecord): unknown {
  const { value, isError } = entry;
  return isError || typeof value !== 'object' || value === null ? undefined : (value as { kind?: unknown }).kind;
}

const KNOWN_FACTS = new WeakMap<MemoryRecord, StoredFacts>();

/** What the rules want to know of a record. Its instants are the entry's. Worked out once a record. */
export function factsOf(record: ResponseRecord): StoredFacts {
  let facts = KNOWN_FACTS.get(record);
  if (facts === undefined) {
    const { value: stored, freshUntil, staleUntil, errorUntil } = record.entry;
    facts = {
      status: stored.status,
      headers: allFieldsOf(stored),
      requestTime: stored.requestTime,
      responseTime: stored.responseTime,
      freshness: {
        ...stored.freshness,
        freshUntil,
        staleWhileRevalidateUntil: staleUntil,
        staleIfErrorUntil: errorUntil,
      },
    };
    KNOWN_FACTS.set(record, facts);
  }
  return facts;
}

/** Every stored field, also those that clients do not get. */
export function allFieldsOf({ headers, withheld }: StoredResponse): HeaderFields {
  return HeaderFields.fromRaw(withheld.length === 0 ? headers : [...headers, ...withheld]);
}

/** The bytes that a response is charged for: its content, and its fields at one byte a character. */
export function sizeOf({ headers, withheld, body }: StoredResponse): number {
  let size = body.length;
  for (const text of headers) size += text.length + 8;
  for (const text of withheld) size += text.length + 8;
  return size;
}
