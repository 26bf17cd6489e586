import './base/symbol-metadata.js';
// base
export { BoundedMap } from './base/bounded-map.js';
export type { Clock, Timer } from './base/clock.js';
export { systemClock } from './base/clock.js';
export { parseDuration, type Duration } from './base/duration.js';
export {
  BreakerOpenError,
  CacheClosedError,
  CacheWarpError,
  DecodeError,
  DuplicateKeyFamilyError,
  EncodeError,
  InvalidationError,
  InvalidOptionError,
  LoadTimeoutError,
  StoreTimeoutError,
  UnboundCacheError,
} from './base/errors.js';
export {
  assertFunction,
  assertKnownOptions,
  assertNumber,
  assertObject,
  assertOneOf,
  assertText,
  parseBytes,
} from './base/assert.js';
// telemetry
export type {
  BreakerState,
  CacheEventName,
  CacheEvents,
  LeaseWaitOutcome,
  LoadBegin,
  StaleReason,
} from './telemetry/events.js';
export { ANSWER_WORDS, type AnswerWord } from './telemetry/answer-word.js';
export { MISS_REASONS, type MissReason } from './telemetry/miss-reason.js';
export { DurationHistogram, REQUEST_BOUNDS } from './telemetry/duration-histogram.js';
export { DEFAULT_ROUTE, RouteTable } from './telemetry/route-table.js';
export type { RouteCounters } from './telemetry/route-counters.js';
export type { Traffic } from './telemetry/traffic.js';
export type { AnsweredRequest, RequestLog } from './telemetry/request-log.js';
export { requestId } from './telemetry/request-id.js';
export { nextEventId } from './telemetry/event-id.js';
export { EventBus } from './telemetry/event-bus.js';
export type { KeyRanking, KeyTraffic } from './telemetry/top-keys.js';
export type { CacheCounters } from './telemetry/counters.js';
// key
export { encodeArguments } from './key/stable-encode.js';
export { defineKey, KeyDef, KeyRef, type KeyOptions } from './key/key-family.js';
// entry
export { expiresAt, type CacheEntry } from './entry/cache-entry.js';
export { judge, staleUse, type Freshness, type StaleUse } from './entry/freshness.js';
export { decodeEntry, encodeEntry } from './entry/entry-codec.js';
// policy
export type { EntryOptions, LoadOptions, ValueMode } from './policy/cache-options.js';
export { checkTags } from './policy/cache-policy.js';
export { AdaptiveTtl, type AdaptiveReport, type Advice, type Contact } from './policy/adaptive/adaptive-ttl.js';
export { resolveAdaptive, type AdaptiveOptions, type AdaptiveSettings } from './policy/adaptive/adaptive-options.js';
// store
export type { CacheStore, MaybePromise, StoreStats } from './store/cache-store.js';
export { isLeasingStore, type Acquired, type AcquireOptions, type LeasingStore } from './store/leasing-store.js';
export { MemoryRecord } from './store/memory-record.js';
export { MemoryStore, type MemoryOptions } from './store/memory-store.js';
export type { Capacity, Evictable, EvictionPolicy } from './store/eviction/eviction-policy.js';
export {
  EVICTION_POLICIES,
  makeEvictionPolicy,
  type EvictionPolicyName,
} from './store/eviction/make-eviction-policy.js';
export { NullStore } from './store/null-store.js';
export { CircuitBreaker, type CircuitBreakerOptions } from './store/circuit-breaker.js';
// invalidation
export { markerText, type Marker, type Target, type Targets } from './invalidation/target.js';
export type {
  InvalidationDetails,
  InvalidationLog,
  LogListener,
  LogRecord,
  LogState,
  MarkerState,
} from './invalidation/invalidation-log.js';
export { LocalInvalidationLog } from './invalidation/local-invalidation-log.js';
export { RecordHistory } from './invalidation/record-history.js';
// engine
export { AdaptiveLoads, hashOf, type KnownContact } from './engine/adaptive-loads.js';
export { createCache, type CreateCacheOptions } from './engine/create-cache.js';
export type { Cache, Key } from './engine/cache.js';
export type { CacheStats, EntryReport } from './engine/cache-report.js';
export type { PeerChannel, PeerHearer, PeerLine, SharedTier, TierSource, TierUser } from './engine/shared-tier.js';
export type { LoadContext, Loader } from './engine/load.js';
export type { ManyLoader } from './engine/load-many.js';
export { FillLease, type Commit, type EntryDraft, type Residence } from './engine/fill-lease.js';
export { FillLeases } from './engine/fill-leases.js';
export type { FillTicket } from './engine/fill-ticket.js';
export type { Claim, ClaimOutcome } from './engine/claims.js';
export { SingleFlight, type Flight } from './engine/single-flight.js';
// container
export { CACHE } from './container/tokens.js';
export { bindCache } from './container/bound-cache.js';
export { bindCaching } from './container/bind-caching.js';
export { registerCacheWarp, type CacheWarpOptions } from './container/register-cache-warp.js';
export { configureCaching, type CachingSettings, type UnboundMode } from './container/unbound.js';
export { declaredContext, type ContextDimension, type ContextDimensions } from './container/context-dimensions.js';
export { Injectable } from './container/injectable.js';
// decorators
export type { AsyncMethod, Call, CacheWarpDecorator, KeyDefFor } from './decorators/decorated-method.js';
export { CacheResponse } from './decorators/cache-response.js';
export type { AnyCacheResponseOptions, CacheResponseOptions } from './decorators/cache-response-options.js';
export { Invalidates } from './decorators/invalidates.js';
export type { BeforeOptions, InvalidatesOptions, InvalidationRule } from './decorators/invalidation-rule.js';
export { cacheOf, type MethodHandle, type MethodHandles } from './decorators/method-handle.js';
export { adoptMethod, methodCaching, type MethodCaching } from './decorators/method-metadata.js';
