/** The state of the process that the page watches, as event `state` tells it. */
export interface State {
  readonly cache: string;
  readonly startedAt: number;
  /** How many processes serve together. */
  readonly nodes: number;
  /** Names of those that are known, and do not answer. */
  readonly missing: readonly string[];
  /** Whether processes beyond can be reached through the store. */
  readonly peers: 'ok' | 'away' | 'none';
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

/** The traffic of one key. */
interface KeyTraffic {
  readonly key: string;
  readonly requests: number;
  readonly misses: number;
  readonly bytes: number;
  readonly savedMs: number;
}

export type Ranking = 'requests' | 'misses' | 'bytes' | 'savedMs';

/** Rankings of keys, as event `top` tells them. */
export type Top = Readonly<Record<Ranking, readonly KeyTraffic[]>>;

/** Something that happened, as event `happenings` tells it. */
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
