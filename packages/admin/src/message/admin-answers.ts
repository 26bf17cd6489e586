import type { KeyRanking, KeyTraffic, MissReason } from '@cachewarp/core';

/*
 * What the admin API tells, as JSON has it: the words that its routes, the dashboard and `cachewarp top` have in common. `GET /openapi.json`
 * describes the same for everybody else.
 */

/** Event `state` of `GET /events`: the process that is watched. */
export interface ServerState {
  readonly cache: string;
  /** Ms since the epoch. */
  readonly startedAt: number;
  /** How many processes serve together. */
  readonly nodes: number;
  /** Names of those that are known, and did not answer. */
  readonly missing: readonly string[];
  /** Whether other nodes can be reached through the store: `away` while it does not answer, `none` where it carries no questions. */
  readonly peers: 'ok' | 'away' | 'none';
  readonly draining: boolean;
  readonly redis: 'ok' | 'down' | 'disabled';
  readonly tiers: {
    /** Null: no bound. */
    readonly memory: { readonly maxBytes: number | null };
    readonly store?: { readonly name: string; readonly breaker: string } | undefined;
  };
  readonly title: string | null;
  /** A `ttlMs` of null: the origin says. */
  readonly routes: readonly { readonly name: string; readonly ttlMs: number | null }[];
  readonly origins: readonly string[];
}

/** Event `frame`, and each part of event `history`: the series that changed. */
export interface Frame {
  /** Ms since the epoch; null: what was before the first moment that is remembered. */
  readonly at: number | null;
  readonly samples: Readonly<Record<string, number>>;
}

/** How a request was answered, for the live tail. */
export interface Decision {
  /** hit, stale, revalidated, miss, bypass or error. */
  readonly word: string;
  /** The key, where the cache told it. */
  readonly key?: string;
  /** The whole URL, where a proxy told it. */
  readonly url?: string;
  readonly method?: string;
  readonly route?: string;
  readonly status?: number;
  readonly durationMs?: number;
  readonly bytes?: number;
  /** Why it was no hit, or why it was stale. */
  readonly reason?: string;
  readonly requestId?: string;
}

/** Something that happened, numbered. */
export interface Happening extends Partial<Decision> {
  readonly seq: number;
  /** Ms since the epoch. */
  readonly at: number;
  /** `decision`, or the kind of what happened beside requests. */
  readonly kind: 'decision' | 'invalidated' | 'loadError' | 'storeError' | 'breaker' | 'evicted';
  /** In words, where it is no decision. */
  readonly text?: string;
}

/** Event `happenings`. */
export interface HappeningsEvent {
  readonly happenings: readonly Happening[];
  /** Decisions that were too many to be told. */
  readonly skipped: number;
}

/** Event `top`, and the answer of `GET /top`. */
export type Rankings = Readonly<Record<KeyRanking, readonly KeyTraffic[]>>;

/** A key in a list. Times in ms. */
export interface KeySummary {
  readonly key: string;
  /** How many are kept under it: more than one where answers differ by user, host or form. */
  readonly entries: number;
  readonly freshness: string;
  readonly ageMs: number;
  /** Null: it never expires. */
  readonly ttlLeftMs: number | null;
  readonly size: number;
  readonly tags: readonly string[];
}

/** Answer of `GET /keys`. */
export interface KeyPage {
  readonly keys: readonly KeySummary[];
  readonly total: number;
  /** For the next page; null: this was the last. */
  readonly cursor: string | null;
}

/** One entry. Times in ms. */
export interface EntryDetails {
  readonly tier: string;
  readonly freshness: string;
  readonly ageMs: number;
  readonly ttlLeftMs: number | null;
  readonly size: number;
  readonly tags: readonly string[];
  readonly loadMs: number;
  readonly isError: boolean;
  readonly position: number;
}

/** Everything that one process knows of a key. */
export interface KeyDetails extends EntryDetails {
  readonly key: string;
  readonly variants: readonly (EntryDetails & { readonly variant?: string | undefined })[];
}

/** Answer of `GET /keys/{key}`. */
export interface KeyAnswer extends KeyDetails {
  /** How many processes have it in memory. */
  readonly heldBy: number;
  readonly lastInvalidation: AuditRecord | null;
}

/** One step of a decision: the rule, where it is written down, what was seen, what followed. */
export interface Step {
  readonly rule: string;
  readonly section: string;
  readonly saw: string;
  readonly concluded: string;
}

/** The word for a miss, and what stands behind it in a sentence. */
export interface Why {
  /** The same words as in logs, `Cache-Status; detail=` and the metrics' label `reason`. */
  readonly word: MissReason;
  readonly detail: string;
}

/** Answer of `GET /explain`. */
export interface Explanation {
  readonly url?: string;
  readonly key?: string;
  readonly rule?: string;
  readonly decision: string;
  readonly steps: readonly Step[];
  /** Null: it is a hit. */
  readonly why: Why | null;
  /** Whether anything is kept under the key, which may be another variant. */
  readonly kept: boolean;
}

/** Answer of `POST /invalidate`. */
export interface Invalidated {
  /** How many were named. */
  readonly targets: number;
  /** How many entries in memory they concerned. */
  readonly entries: number;
  readonly soft: boolean;
  readonly dryRun: boolean;
  /** The first keys concerned, where nothing was dropped yet. */
  readonly keys?: readonly string[];
}

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
