import type { Cache, LogRecord } from '@cachewarp/core';
import type { AuditRecord } from '../message/admin-answers.js';

/** Records remembered beside the log; beyond, the oldest is forgotten. */
const CAPACITY = 1_000;

/** Who invalidated what, when, and how much it was: the cache's log, and beside it what the admin API counted. */
export class AuditTrail {
  readonly #cache: Cache;
  /** What the admin API has invalidated: kept apart, so that the many invalidations of requests do not push it out. */
  readonly #noted = new Map<number, AuditRecord>();

  constructor(cache: Cache) {
    this.#cache = cache;
  }

  /** The newest invalidations, newest first. @param by - only those of whoever has this name */
  recent(limit: number, by: string | undefined): AuditRecord[] {
    const records = new Map(this.#cache.history(Infinity).map((record) => [record.seq, this.of(record)]));
    for (const [position, record] of this.#noted) records.set(position, record);
    return [...records.values()]
      .filter((record) => by === undefined || record.by === by)
      .toSorted((a, b) => b.position - a.position)
      .slice(0, limit);
  }

  of({ seq, markers, soft, at, by, reason }: LogRecord): AuditRecord {
    return {
      targets: markers.map(({ kind, name }) => (kind === 'all' ? 'all' : `${kind}:${name}`)),
      soft,
      at: new Date(at).toISOString(),
      by: by ?? null,
      reason: reason ?? null,
      position: seq,
      entries: this.#noted.get(seq)?.entries ?? null,
    };
  }

  /** Remembers how many entries the newest record with these words concerned. */
  note(by: string, entries: number, after: number): void {
    const record = this.#cache.history(50).findLast((candidate) => candidate.seq > after && candidate.by === by);
    if (record === undefined) return;
    this.#noted.set(record.seq, { ...this.of(record), entries });
    const [oldest] = this.#noted.keys();
    if (this.#noted.size > CAPACITY && oldest !== undefined) this.#noted.delete(oldest);
  }
}
