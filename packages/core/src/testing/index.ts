export { ChaosStore, type StoreCall, type StoreOperation } from './chaos-store.js';
export { describeCacheStore, type DescribeCacheStoreOptions, type StoreUnderTest } from './describe-cache-store.js';
export { EventRecorder, type RecordedEvent } from './event-recorder.js';
export { FakeClock } from './fake-clock.js';
export { Barrier, Deferred, PausedLoader, UnreliableLog, type Delivery } from './race-kit.js';
export { describeSharedTier, type SharedTierUnderTest } from './describe-shared-tier.js';
export { SharedMedium, SharedMediumNode } from './shared-medium.js';
export type { Spoil } from './store-samples.js';
