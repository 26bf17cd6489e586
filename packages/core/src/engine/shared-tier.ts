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

/** What happens on a {@link PeerChannel}, for one who has joined it. */
export interface PeerHearer {
  /** A message came, from another process or from oneself. */
  onMessage(text: string): void;
  /** From now on messages are heard: told at first, and after every interruption, in which messages may have been lost. */
  onOpen(): void;
}

/** One member's end of a {@link PeerChannel}. */
export interface PeerLine {
  /** Whether messages are heard now, as far as is known. */
  readonly isOpen: boolean;
  /**
   * Tells every member, oneself included, or the one of a name.
   * @throws whatever the medium says, rejected, where it did not take the message
   */
  tell(to: string | undefined, text: string): Promise<void>;
  /** Says farewell, and hears nothing any more. */
  leave(): void;
}

/**
 * How processes that share a tier under one cache name talk to each other beside the cache: the admin API asks its peers this way. A
 * message is heard at most once, in no promised order, and by nobody who is away. Nothing that a cache promises depends on it.
 */
export interface PeerChannel {
  /**
   * @param name - 1 to 200 of the characters `A-Z a-z 0-9 . _ : -`, by which the member alone can be told something
   * @param farewell - what every member is told when this one leaves, or the cache is closed while it is in
   */
  join(name: string, hearer: PeerHearer, farewell: string): PeerLine;
}

/** What a tier that several processes share consists of. The parts belong together: reads of the store wait for its log. */
export interface SharedTier {
  readonly store: LeasingStore;
  readonly log: InvalidationLog;
  /** Where the medium can carry messages between its users. */
  readonly peers?: PeerChannel;
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
