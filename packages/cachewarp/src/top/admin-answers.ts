/*
 * What the admin API tells, as far as `cachewarp top` reads it. docs/admin.md and `GET /openapi.json` describe it whole.
 */

/** Event `state`: the process that is watched. */
export interface ServerState {
  readonly cache: string;
  /** Ms since the epoch. */
  readonly startedAt: number;
  /** How many processes serve together. */
  readonly nodes: number;
  /** Names of those that did not answer. */
  readonly missing?: readonly string[];
  /** Whether other nodes can be reached through the store: `away` while it does not answer. */
  readonly peers?: 'ok' | 'away' | 'none';
  readonly draining: boolean;
  readonly redis: 'ok' | 'down' | 'disabled';
  readonly tiers: {
    readonly memory: { readonly maxBytes: number | null };
    readonly store?: { readonly name: string; readonly breaker: string };
  };
  readonly title: string | null;
  readonly routes: readonly { readonly name: string; readonly ttlMs: number | null }[];
  readonly origins: readonly string[];
}

/** Event `frame`, and each part of event `history`: the series that changed. */
export interface Frame {
  /** Ms since the epoch; null: what was before the first moment that is remembered. */
  readonly at: number | null;
  readonly samples: Readonly<Record<string, number>>;
}

/** Part of event `happenings`. */
export interface Happening {
  readonly at: number;
  readonly kind: string;
  readonly text?: string;
  readonly word?: string;
  readonly key?: string;
  readonly url?: string;
  readonly method?: string;
  readonly route?: string;
  readonly status?: number;
  readonly durationMs?: number;
  readonly bytes?: number;
  readonly reason?: string;
}

/** Event `happenings`. */
export interface Happenings {
  readonly happenings: readonly Happening[];
  /** Decisions that were too many to be told. */
  readonly skipped: number;
}

/** The traffic of one key, as rankings have it. */
export interface KeyTraffic {
  readonly key: string;
  readonly requests: number;
  readonly misses: number;
  readonly bytes: number;
  readonly savedMs: number;
}

/** Answer of `GET /top`. */
export type Rankings = Readonly<Record<'requests' | 'misses' | 'bytes' | 'savedMs', readonly KeyTraffic[]>>;

/** A key that is in memory, as `GET /keys` has it. */
export interface KeySummary {
  readonly key: string;
  readonly entries: number;
  readonly freshness: string;
  readonly ttlLeftMs: number | null;
  readonly size: number;
  readonly tags: readonly string[];
}

/** Answer of `GET /keys`. */
export interface KeyPage {
  readonly keys: readonly KeySummary[];
  readonly total: number;
}

/** Answer of `GET /explain`. */
export interface Explanation {
  readonly key?: string;
  readonly rule?: string;
  readonly decision?: string;
  readonly steps?: readonly {
    readonly rule: string;
    readonly section: string;
    readonly saw: string;
    readonly concluded: string;
  }[];
  readonly why?: { readonly word: string; readonly detail: string } | null;
}

/** Answer of `POST /invalidate`. */
export interface Invalidated {
  readonly entries: number;
  readonly keys?: readonly string[];
}
