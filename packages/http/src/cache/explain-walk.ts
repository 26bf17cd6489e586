import type { AdaptiveReport } from '@cachewarp/core';
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
  /** Why its lifetime is what it is, where that is adaptive or in shadow mode. */
  readonly adaptive: AdaptiveReport | undefined;
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
  adaptive?: AdaptiveReport,
): HttpExplanation {
  const facts = record === undefined ? undefined : factsOf(record);
  const explanation = explain(request, facts, now, semantics);
  const seconds = (until: number): number => Math.round((until - now) / 1000);
  return {
    decision: explanation.decision,
    steps: adaptive === undefined ? explanation.steps : [...explanation.steps, adaptiveStep(adaptive)],
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
    adaptive,
  };
}

function adaptiveStep(report: AdaptiveReport): Explanation['steps'][number] {
  const { changes, watchedSeconds, changeRate, requestRate, price, pressure } = report;
  const { minSeconds, maxSeconds, ttlSeconds, isShadow, passesUntil } = report;
  const rates = `λ ${figure(changeRate)}/s, r ${figure(requestRate)}/s`;
  const pressed = pressure > 1 ? ` under pressure ${figure(pressure)}` : '';
  const bounded = `ttl ${figure(ttlSeconds)} s, from ${figure(minSeconds)} to ${figure(maxSeconds)} s`;
  return {
    rule: 'adaptive ttl',
    section: 'CacheWarp',
    saw: `X ${figure(changes)} changes in E ${figure(watchedSeconds)} s: ${rates}, price μ ${figure(price)}${pressed}`,
    concluded:
      passesUntil === undefined
        ? `${bounded}${isShadow ? ', as advice only' : ''}`
        : 'changes at every look: not kept for now',
  };
}

/** Three digits that count. */
function figure(value: number): string {
  return String(Number(value.toPrecision(3)));
}
