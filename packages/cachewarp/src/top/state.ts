import type {
  Explanation,
  Frame,
  Happening,
  HappeningsEvent,
  Invalidated,
  KeyPage,
  ServerState,
} from '@cachewarp/admin';
import type { KeyTraffic } from '@cachewarp/core';
import { NO_TRAFFIC, type Traffic } from './traffic.js';

/** The keys that are in memory, as far as they were asked for. */
export type KeysInMemory = Pick<KeyPage, 'keys' | 'total'>;

/** The tables, in the order of their keys 1 to 5. */
export const PANES = ['routes', 'keys', 'origins', 'misses', 'tail'] as const;
export type Pane = (typeof PANES)[number];

/** Seconds that the rates of tables may be taken over. */
export const WINDOWS = [10, 100, 1_000] as const;

/** How it stands with the admin API. */
export type Connection =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  | { readonly kind: 'waiting'; readonly seconds: number; readonly why: string };

/** How one table is looked at. */
export interface TableState {
  /** Id of the column; undefined where rows have an order of their own. */
  readonly sort: string | undefined;
  readonly isReversed: boolean;
  /** Words that all occur; those with a minus in front do not. */
  readonly filter: string;
  /** Id of the selected row: it stays selected when it moves. */
  readonly selected: string | undefined;
  /** Its place, for when it goes. */
  readonly place: number;
}

/** What a row stands for, so that it can be explained and purged. */
export interface Subject {
  readonly key?: string;
  readonly url?: string;
}

/** What a purge would invalidate. */
export interface PurgeTarget {
  readonly kind: 'key' | 'tag';
  readonly name: string;
}

/** What it would drop. */
type Preview = Pick<Invalidated, 'entries' | 'keys'>;

/** What is in front of the table. */
export type Front =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'help' }
  | { readonly kind: 'filter'; readonly before: string }
  | {
      readonly kind: 'explanation';
      readonly subject: Subject;
      /** Undefined: it has not come yet. */
      readonly explanation: Explanation | undefined;
      readonly fault: string | undefined;
      readonly scroll: number;
    }
  | {
      readonly kind: 'purge';
      /** Empty: they have not come yet. */
      readonly targets: readonly PurgeTarget[];
      readonly chosen: number;
      /** What it would drop; undefined: it has not been counted yet, and nothing may be confirmed. */
      readonly preview: Preview | undefined;
      readonly fault: string | undefined;
      readonly isRunning: boolean;
    };

/** Everything that is shown. */
export interface TopState {
  readonly address: string;
  readonly rows: number;
  readonly connection: Connection;
  readonly server: ServerState | undefined;
  readonly traffic: Traffic;
  /** Requests that another process had counted before this one answered; undefined: it is the same one. */
  readonly countedBefore: number | undefined;
  readonly ranking: readonly KeyTraffic[];
  readonly memory: KeysInMemory;
  /** Newest first. */
  readonly tail: readonly (Happening & { readonly id: string })[];
  readonly told: number;
  /** Decisions of the last second that were too many to be told. */
  readonly skipped: number;
  /** Last reasons of misses, by route, from the tail. */
  readonly routeReasons: ReadonlyMap<string, readonly string[]>;
  readonly window: (typeof WINDOWS)[number];
  /** What was shown when it was stopped; undefined: it goes on. */
  readonly paused: Pick<TopState, 'traffic' | 'ranking' | 'memory' | 'tail'> | undefined;
  readonly pane: Pane;
  readonly tables: Readonly<Record<Pane, TableState>>;
  readonly front: Front;
  /** The last question, by number: answers to earlier ones come too late. */
  readonly asked: number;
  readonly notice: { readonly text: string; readonly isFault: boolean } | undefined;
  /** Frames heard since keys were asked for. */
  readonly framesSinceKeys: number;
}

/** What happens to it. */
export type Action =
  | { readonly type: 'key'; readonly key: string }
  | { readonly type: 'resize'; readonly rows: number }
  | { readonly type: 'connection'; readonly connection: Connection }
  | { readonly type: 'state'; readonly state: ServerState }
  | { readonly type: 'history'; readonly frames: readonly Frame[] }
  | { readonly type: 'frame'; readonly frame: Frame }
  | { readonly type: 'happenings'; readonly happenings: HappeningsEvent }
  | { readonly type: 'keys'; readonly ranking: readonly KeyTraffic[]; readonly memory: KeysInMemory }
  | { readonly type: 'explained'; readonly asked: number; readonly explanation: Explanation }
  | { readonly type: 'targets'; readonly asked: number; readonly targets: readonly PurgeTarget[] }
  | { readonly type: 'previewed'; readonly asked: number; readonly preview: Preview }
  | {
      readonly type: 'purged';
      readonly target: PurgeTarget;
      readonly soft: boolean;
      readonly entries: number;
    }
  | { readonly type: 'failed'; readonly asked: number | undefined; readonly message: string };

/** What it wants done. */
export type Order =
  | { readonly kind: 'quit' }
  | { readonly kind: 'suspend' }
  | { readonly kind: 'redraw' }
  | { readonly kind: 'reconnect' }
  | { readonly kind: 'keys'; readonly prefix: string }
  | { readonly kind: 'explain'; readonly asked: number; readonly subject: Subject }
  | { readonly kind: 'targets'; readonly asked: number; readonly subject: Subject }
  | { readonly kind: 'preview'; readonly asked: number; readonly target: PurgeTarget }
  | { readonly kind: 'purge'; readonly asked: number; readonly target: PurgeTarget; readonly soft: boolean };

/** What follows from an action: how it stands then, and what is to be done. */
export interface Step {
  readonly state: TopState;
  readonly orders: readonly Order[];
}

const TABLE = { isReversed: false, filter: '', selected: undefined, place: 0 };

export function startState(address: string, rows: number): TopState {
  return {
    address,
    rows,
    connection: { kind: 'connecting' },
    server: undefined,
    traffic: NO_TRAFFIC,
    countedBefore: undefined,
    ranking: [],
    memory: { keys: [], total: 0 },
    tail: [],
    told: 0,
    skipped: 0,
    routeReasons: new Map(),
    window: 10,
    paused: undefined,
    pane: 'routes',
    tables: {
      routes: { ...TABLE, sort: 'rate' },
      keys: { ...TABLE, sort: 'requests' },
      origins: { ...TABLE, sort: 'rate' },
      misses: { ...TABLE, sort: 'count' },
      tail: { ...TABLE, sort: undefined },
    },
    front: { kind: 'nothing' },
    asked: 0,
    notice: undefined,
    framesSinceKeys: 0,
  };
}
