import type { Cache, LogRecord } from '@cachewarp/core';

/** One invalidation, as an operator reads it. */
export interface AuditRecord {
  /** `tag:team:7`, `key:…`, `prefix:…`, `all`. */
  readonly targets: readonly string[];
  readonly soft: boolean;
  /** ISO 8601. */
  readonly at: string;
  /** Who: a route, a method, an operator; null when it was not said. */
  readonly by: string | null;
  readonly reason: string | null;
  /** Place in the invalidation log. */
  readonly position: number;
  /** How many entries it concerned, as they were counted when it was raised; null where nobody counted. */
  readonly entries: number | null;
}

/** Counts remembered; beyond, the oldest is forgotten. */
const CAPACITY = 1_000;

/** Who invalidated what, when, and how much it was: the cache's log, and beside it what the admin API counted. */
export class AuditTrail {
  readonly #cache: Cache;
  readonly #counts = new Map<number, number>();

  constructor(cache: Cache) {
    this.#cache = cache;
  }

  /** The newest invalidations, newest first. */
  recent(limit: number): AuditRecord[] {
    return this.#cache.history(limit).map((record) => this.of(record));
  }

  of({ seq, markers, soft, at, by, reason }: LogRecord): AuditRecord {
    return {
      targets: markers.map(({ kind, name }) => (kind === 'all' ? 'all' : `${kind}:${name}`)),
      soft,
      at: new Date(at).toISOString(),
      by: by ?? null,
      reason: reason ?? null,
      position: seq,
      entries: this.#counts.get(seq) ?? null,
    };
  }

  /** Remembers how many entries the newest record with these words concerned. */
  note(by: string, entries: number, after: number): void {
    const record = this.#cache.history(50).findLast((candidate) => candidate.seq > after && candidate.by === by);
    if (record === undefined) return;
    this.#counts.set(record.seq, entries);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > CAPACITY && oldest !== undefined) this.#counts.delete(oldest);
  }
}
