import { randomUUID } from 'node:crypto';
import type { Cache, Clock, KeyRanking, KeyTraffic, LogRecord } from '@cachewarp/core';
import type { MetricsSnapshot } from '@cachewarp/metrics';
import { affectedBy } from './affected.js';
import type { AdminAnswers, AdminPeers, AdminQuestion, Happenings } from './admin-question.js';
import { AuditTrail } from './audit-trail.js';
import { HappeningLog, type DecisionFeed } from './happening-log.js';
import { detailsOf, summaryOf } from './key-details.js';
import { keysOf, lastInvalidationOf, reportKeys } from './key-report.js';
import { MissMemory } from './miss-memory.js';

/** What an {@link AdminNode} is made of. */
export interface AdminNodeParts {
  readonly cache: Cache;
  readonly clock: Clock;
  readonly feed: DecisionFeed | undefined;
  readonly snapshot: () => Promise<MetricsSnapshot>;
  readonly peers: AdminPeers | undefined;
}

/** This process, as the admin API of it and of its peers sees it: it answers for itself, and asks all. */
export class AdminNode {
  readonly name = randomUUID().slice(0, 8);
  readonly audit: AuditTrail;
  readonly misses: MissMemory;
  readonly #parts: AdminNodeParts;
  readonly #happenings: HappeningLog;

  constructor(parts: AdminNodeParts) {
    this.#parts = parts;
    this.audit = new AuditTrail(parts.cache);
    this.misses = new MissMemory(parts.cache);
    this.#happenings = new HappeningLog(parts);
  }

  /** What each process answers that serves this cache. Without peers that is this one. */
  async ask<K extends AdminQuestion['kind']>(
    question: Extract<AdminQuestion, { kind: K }>,
  ): Promise<readonly AdminAnswers[K][]> {
    const answers = (await this.#parts.peers?.ask(question)) ?? [await this.answer(question)];
    return answers as AdminAnswers[K][];
  }

  /** Answers a question for this process alone. */
  async answer(question: AdminQuestion): Promise<AdminAnswers[AdminQuestion['kind']]> {
    const { cache, snapshot } = this.#parts;
    switch (question.kind) {
      case 'metrics':
        return snapshot();
      case 'stats':
        return cache.stats();
      case 'keys':
        return this.#keys(question);
      case 'key':
        return this.#key(question.keys);
      case 'top':
        return topOf(cache, question.limit);
      case 'affected':
        return affectedBy(cache, question.targets, question.maxKeys);
      case 'audit':
        return this.audit.recent(question.limit, question.by);
      case 'happenings':
        return this.#happened(question.after);
    }
  }

  close(): void {
    this.#happenings.close();
    this.misses.close();
  }

  async #keys({ prefix, after, limit }: Extract<AdminQuestion, { kind: 'keys' }>): Promise<AdminAnswers['keys']> {
    const { cache } = this.#parts;
    const keys = keysOf(cache, prefix);
    // The place behind a key, so that pages stay whole while entries come and go.
    const start = after === undefined ? 0 : firstBehind(keys, after);
    const reports = await reportKeys(cache, keys.slice(start, start + limit));
    return { keys: reports.map(summaryOf), total: keys.length };
  }

  async #key(keys: readonly string[]): Promise<AdminAnswers['key']> {
    const { cache } = this.#parts;
    const [report] = await reportKeys(cache, keys);
    const last =
      report === undefined
        ? keys.map((key) => this.#lastOf(key)).find((record) => record !== undefined)
        : lastInvalidationOf(cache, report.key, report.entries);
    return {
      details: report && detailsOf(report),
      lastInvalidation: last && this.audit.of(last),
    };
  }

  /** The last invalidation of a key that is not there, by its name or by the tags that it had. */
  #lastOf(key: string): LogRecord | undefined {
    const before = this.misses.storedBefore(key);
    return lastInvalidationOf(this.#parts.cache, key, before === undefined ? [] : [before]);
  }

  #happened(after: Readonly<Record<string, number>>): Happenings {
    const { happenings, skipped } = this.#happenings.since(after[this.name] ?? 0);
    return { node: this.name, position: this.#happenings.position, skipped, happenings };
  }
}

function topOf(cache: Cache, limit: number): Record<KeyRanking, readonly KeyTraffic[]> {
  const rank = (by: KeyRanking): readonly KeyTraffic[] => cache.ranking(by, limit);
  return { requests: rank('requests'), misses: rank('misses'), bytes: rank('bytes'), savedMs: rank('savedMs') };
}

/** Index of the first key that sorts behind `after`. */
function firstBehind(keys: readonly string[], after: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]! <= after) low = middle + 1;
    else high = middle;
  }
  return low;
}
