import type { Cache, Clock, KeyRanking, KeyTraffic, LogRecord } from '@cachewarp/core';
import type { MetricsSnapshot } from '@cachewarp/metrics';
import { firstBehind } from '../message/key-cursor.js';
import { affectedBy } from './affected.js';
import type { AdminAnswers, AdminPeers, AdminQuestion, Gathered, Happenings, NodeAnswer } from './admin-question.js';
import { AuditTrail } from './audit-trail.js';
import { HappeningLog, type DecisionFeed } from './happening-log.js';
import { detailsOf, summaryOf } from './key-details.js';
import { keysOf, lastInvalidationOf, reportKeys } from './key-report.js';
import { MissMemory } from './miss-memory.js';
import { nodeNameOf } from './node-name.js';
import { PeerNodes } from './peer-nodes.js';

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
  readonly name: string;
  readonly audit: AuditTrail;
  readonly misses: MissMemory;
  readonly #parts: AdminNodeParts;
  readonly #happenings: HappeningLog;
  /** Those beyond the peers that were given. */
  readonly #others: PeerNodes | undefined;

  constructor(parts: AdminNodeParts) {
    this.#parts = parts;
    this.name = nodeNameOf(parts.cache);
    this.audit = new AuditTrail(parts.cache);
    this.misses = new MissMemory(parts.cache);
    this.#happenings = new HappeningLog(parts);
    this.#others = this.#joinOthers();
  }

  /** What each process answers that serves this cache: those of its group, and those that share its store. */
  async ask<K extends AdminQuestion['kind']>(question: Extract<AdminQuestion, { kind: K }>): Promise<Gathered<K>> {
    const { peers } = this.#parts;
    const [near, far] = await Promise.all([
      peers === undefined ? this.answer(question).then((answer) => [answer]) : peers.ask(question),
      this.#others?.ask(question),
    ]);
    const all = [...(near as readonly NodeAnswer[]), ...(far?.answers ?? [])];
    // Whoever asks is the first in the list that he gets.
    const answers = all.toSorted((a, b) => Number(b.node === this.name) - Number(a.node === this.name));
    return {
      answers: answers.map(({ answer }) => answer) as AdminAnswers[K][],
      nodes: {
        answered: answers.map(({ node }) => node),
        missing: far?.missing ?? [],
        store: far === undefined ? 'none' : far.isAway ? 'away' : 'ok',
      },
    };
  }

  /** Answers a question for this process alone. */
  async answer(question: AdminQuestion): Promise<NodeAnswer> {
    return { node: this.name, answer: await this.#answer(question) };
  }

  close(): void {
    this.#others?.close();
    this.#happenings.close();
    this.misses.close();
  }

  #joinOthers(): PeerNodes | undefined {
    const { cache, clock, peers } = this.#parts;
    const channel = cache.parts.peers;
    if (channel === undefined || (peers !== undefined && peers.group === undefined)) return undefined;
    const answer = (question: AdminQuestion): Promise<unknown> => this.#answer(question);
    return new PeerNodes({ channel, name: this.name, group: peers?.group ?? null, clock, answer });
  }

  async #answer(question: AdminQuestion): Promise<AdminAnswers[AdminQuestion['kind']]> {
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

  async #keys({ prefix, after, limit }: Extract<AdminQuestion, { kind: 'keys' }>): Promise<AdminAnswers['keys']> {
    const { cache } = this.#parts;
    const keys = keysOf(cache, prefix);
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
