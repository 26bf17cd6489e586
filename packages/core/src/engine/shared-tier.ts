import type { Clock } from '../base/clock.js';
import type { InvalidationLog } from '../invalidation/invalidation-log.js';
import type { LeasingStore } from '../store/leasing-store.js';
import type { EventBus } from '../telemetry/event-bus.js';

/** The cache that opens a tier. */
export interface TierUser {
  /** The cache's name: separates its keys, leases and log from those of other caches in the same medium. */
  readonly name: string;
  readonly clock: Clock;
  /** A number from 0 to 1, for jitter. */
  readonly random: () => number;
  /** Where the tier tells what happens in it: `logGap`, `storeError` and the like. */
  readonly events: EventBus;
}

/** What a tier that several processes share consists of. The parts belong together: reads of the store wait for its log. */
export interface SharedTier {
  readonly store: LeasingStore;
  readonly log: InvalidationLog;
}

/**
 * A second tier that several processes share: what `redisStore()` and `diskStore()` return, and what `createCache({ store })` opens under
 * its name. Opening does not wait: a medium that is away is joined when it comes.
 */
export interface TierSource {
  /** Short kind for metrics and messages: `redis`, `disk`. */
  readonly name: string;
  open(user: TierUser): SharedTier;
}
