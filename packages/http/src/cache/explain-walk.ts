import { explain, type Explanation } from '../semantics/explain.js';
import { ageSeconds } from '../semantics/age.js';
import type { KeyedRequest } from './http-key.js';
import type { SemanticsOptions } from '../semantics/semantics-options.js';
import { factsOf } from './stored-response.js';
import type { Found } from './variant-store.js';

/** A decision about a request, how it came about, and what it stood on. */
export interface HttpExplanation extends Explanation {
  /** What an invalidation names. */
  readonly key: string;
  /** Where the response that Vary selects is kept; undefined when there is none. */
  readonly storedAs: string | undefined;
  /** Whether responses for other values of the fields that Vary names are stored. */
  readonly hasOtherVariants: boolean;
  readonly stored: StoredReport | undefined;
}

/** What is stored, for people. Times in seconds. */
export interface StoredReport {
  readonly status: number;
  readonly ageSeconds: number;
  /** Until it stops being fresh; below 0 since then. */
  readonly freshFor: number;
  readonly staleWhileRevalidateFor: number;
  readonly staleIfErrorFor: number;
  readonly lifetimeFrom: string;
  readonly vary: readonly string[];
  readonly tags: readonly string[];
  readonly bytes: number;
  /** Place in the invalidation log from which it was loaded. */
  readonly position: number;
  readonly hits: number;
}

/** The decision that the cache would take now, step by step. Nothing is counted or changed. */
export function explainWalk(
  { primary, request }: KeyedRequest,
  { record, hasOtherVariants }: Found,
  now: number,
  semantics: SemanticsOptions,
): HttpExplanation {
  const facts = record === undefined ? undefined : factsOf(record);
  const explanation = explain(request, facts, now, semantics);
  const seconds = (until: number): number => Math.round((until - now) / 1000);
  return {
    ...explanation,
    key: primary,
    storedAs: record?.key,
    hasOtherVariants,
    stored: record && {
      status: record.entry.value.status,
      ageSeconds: ageSeconds(record.entry.value.freshness, now),
      freshFor: seconds(record.entry.freshUntil),
      staleWhileRevalidateFor: Math.max(0, seconds(record.entry.staleUntil)),
      staleIfErrorFor: Math.max(0, seconds(record.entry.errorUntil)),
      lifetimeFrom: record.entry.value.freshness.source,
      vary: record.entry.value.vary,
      tags: record.entry.tags,
      bytes: record.entry.value.body.length,
      position: record.entry.position,
      hits: record.hits,
    },
  };
}
