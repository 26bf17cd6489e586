import type { MissReason } from './miss-reason.js';

/**
 * Why a stale entry was served: while a refresh runs, because the load failed, because it took longer than the soft timeout, or
 * because the last refresh failed a moment ago and the next try is not due.
 */
export type StaleReason = 'while-revalidating' | 'on-error' | 'soft-timeout' | 'backing-off';

/**
 * How waiting for another process's fill ended: its answer came, its lease passed to the waiter, or the waiter gave up and loads by
 * itself.
 */
export type LeaseWaitOutcome = 'answered' | 'inherited' | 'alone';

/** Circuit breaker states (Nygard, Release It!): closed lets calls through, open refuses, half-open lets one probe. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/** The beginning of a load, as listeners see it. */
export interface LoadBegin {
  /** Unlike that of any other load of this process. */
  readonly id: number;
  readonly key: string;
  readonly background: boolean;
  /**
   * A listener that carries a context through asynchronous work sets this: the load is run in it. Whoever finds it set calls what is
   * there inside its own.
   */
  within?: <R>(work: () => R) => R;
}

/**
 * Everything the engine tells listeners. Events describe; nothing depends on a listener, and a listener that throws is
 * reported once as a process warning and changes nothing.
 */
export interface CacheEvents {
  /** A fresh entry was served. Emitted only while somebody listens; counters count regardless. */
  hit: { key: string; tier: 'memory' | 'store' };
  /** A stale entry was served, while a refresh runs or because the load failed. */
  stale: { key: string; because: StaleReason };
  /** A request was not answered from what is stored; one event for all who share a load. */
  miss: { key: string; reason: MissReason };
  /** A caller joined a load that was already running. */
  coalesced: { key: string };
  /** A load begins. `id` is that of the event which ends it: `loaded`, `loadError` or `loadAbandoned`. */
  load: LoadBegin;
  loaded: { id: number; key: string; durationMs: number; background: boolean };
  loadError: { id: number; key: string; error: unknown; durationMs: number; background: boolean };
  /** A load was called off, because nobody waited for it any more or the cache was closed. */
  loadAbandoned: { id: number; key: string; durationMs: number; background: boolean };
  stored: { key: string; size: number; tags: readonly string[]; freshUntil: number };
  /** A finished load was not stored, because its key or a tag of it was invalidated while it ran. */
  fenced: { key: string };
  invalidated: { targets: readonly string[]; soft: boolean; position: number; at: number; by: string | undefined };
  /** An option that is a function of the result threw or answered nonsense; the caller got the result, it was not kept. */
  policyError: { key: string; error: unknown };
  evicted: { key: string; size: number };
  /** A URI has more variants than are kept: Vary names a field with many values, or somebody floods it. The oldest make room. */
  variantLimit: { key: string; limit: number };
  /** An operation of a store begins that is not answered at once. `id` is that of its `storeCallEnd`. */
  storeCall: { id: number; store: string; operation: string };
  storeCallEnd: { id: number; store: string; operation: string; durationMs: number; isDone: boolean };
  /** A store failed or was too slow; the caller was served without it. */
  storeError: { store: string; operation: string; error: unknown };
  breaker: { store: string; state: BreakerState };
  /** A caller waited for another process that was filling the key: what came of it, after how long. */
  leaseWait: { key: string; waitedMs: number; outcome: LeaseWaitOutcome };
  /** A fill was not stored in the shared tier, because its lease had ended before it. */
  leaseLost: { key: string };
  /** Records of the shared invalidation log were lost to this process, or the log began anew; memory is judged anew. */
  logGap: { store: string; reason: 'gap' | 'epoch'; position: number };
  /** The shared invalidation log has not been heard for too long, or is heard again. */
  logSilence: { store: string; isSilent: boolean };
  /** Invalidations wait for a shared tier that is away: `waiting` of them; 0 when all are delivered. */
  undelivered: { store: string; waiting: number };
}

export type CacheEventName = keyof CacheEvents;
