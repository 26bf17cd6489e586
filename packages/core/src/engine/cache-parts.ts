import type { Clock } from '../base/clock.js';
import type { InvalidationLog } from '../invalidation/invalidation-log.js';
import { LocalInvalidationLog } from '../invalidation/local-invalidation-log.js';
import { Invalidator } from '../invalidation/invalidator.js';
import { TagVersions } from '../invalidation/tag-versions.js';
import { isKeyFamily } from '../key/key-family.js';
import type { ValueMode } from '../policy/cache-options.js';
import type { CachePolicy } from '../policy/cache-policy.js';
import type { CacheStore } from '../store/cache-store.js';
import { GuardedStore } from '../store/guarded-store.js';
import type { DropReason, MemoryRecord } from '../store/memory-record.js';
import { MemoryStore, type MemoryOptions } from '../store/memory-store.js';
import type { MemoryTier } from '../store/memory-tier.js';
import { NullStore } from '../store/null-store.js';
import { TieredStore } from '../store/tiered-store.js';
import { CacheCounters } from '../telemetry/counters.js';
import { EventBus } from '../telemetry/event-bus.js';
import { DepartedKeys } from '../telemetry/departed-keys.js';
import { RouteTable } from '../telemetry/route-table.js';
import { TopKeys } from '../telemetry/top-keys.js';
import { AdaptiveLoads } from './adaptive-loads.js';
import { Traffic } from '../telemetry/traffic.js';
import { Background } from './background.js';
import { releaseOutdated } from './claims.js';
import type { FillLease } from './fill-lease.js';
import { FillLeases } from './fill-leases.js';
import type { Load } from './load.js';
import { LoadRunner } from './load-runner.js';
import { SingleFlight } from './single-flight.js';
import type { PeerChannel, TierSource } from './shared-tier.js';
import { Sweeper } from './sweeper.js';

/** What a cache is made from: its options, checked and with every default filled in. */
export interface CacheSettings {
  readonly name: string;
  readonly values: ValueMode;
  /** False: no memory tier. */
  readonly memory: MemoryOptions | false;
  /** Undefined: no tier behind the memory. */
  readonly store: CacheStore | TierSource | undefined;
  readonly storeTimeoutMs: number;
  readonly defaults: CachePolicy;
  /** Undefined: the shared tier's, or one in this process. */
  readonly log: InvalidationLog | undefined;
  readonly clock: Clock;
  readonly random: () => number;
}

/** The parts of one cache, put together. */
export interface CacheParts {
  readonly events: EventBus;
  readonly counters: CacheCounters;
  readonly topKeys: TopKeys;
  readonly traffic: Traffic;
  readonly background: Background;
  readonly memory: MemoryTier;
  readonly guarded: GuardedStore | undefined;
  readonly tiers: TieredStore;
  readonly leases: FillLeases;
  readonly flights: SingleFlight<Load>;
  readonly runner: LoadRunner;
  readonly log: InvalidationLog;
  readonly invalidator: Invalidator;
  readonly sweeper: Sweeper;
  readonly adaptive: AdaptiveLoads;
  /** The way to other processes of this cache name, where the shared tier has one. */
  readonly peers: PeerChannel | undefined;
}

/** Puts the parts of a cache together: the one place that knows them all. */
export function assembleParts(settings: CacheSettings): CacheParts {
  const { clock, random, values, storeTimeoutMs } = settings;
  const events = new EventBus();
  const counters = new CacheCounters();
  const topKeys = new TopKeys();
  const traffic = new Traffic(new RouteTable(isKeyFamily));
  const departed = new DepartedKeys();
  events.on('storeError', () => void counters.storeErrors++);
  const background = new Background((operation, error) => {
    events.emit('storeError', { store: 'background', operation, error });
  });

  const onDrop = (record: MemoryRecord, reason: DropReason): void => {
    topKeys.addServed(record.entry.parent ?? record.key, record);
    adaptive.noteDrop(record, reason);
    if (reason === 'deleted') {
      counters.dropped++;
      departed.note(record.key, 'invalidated');
    }
    if (reason === 'expired') counters.expired++;
    if (reason === 'replaced') counters.replaced++;
    if (reason === 'evicted' || reason === 'expired') departed.note(record.key, reason);
    if (reason === 'evicted') events.emit('evicted', { key: record.key, size: record.entry.size });
  };
  const memory = settings.memory === false ? new NullStore() : new MemoryStore({ ...settings.memory, clock, onDrop });
  const { store, log, peers } = openTier(settings, events);
  const guarded = store && new GuardedStore(store, { timeoutMs: storeTimeoutMs, clock, events });
  const tiers = new TieredStore({ memory, store: guarded ?? new NullStore() });
  const adaptive = new AdaptiveLoads({ tiers, background, random });
  const versions = new TagVersions(log.epoch, log.position);
  const invalidator = new Invalidator({ log, versions, tiers, clock, events });
  const held = new Set<FillLease>();
  log.subscribe({ onRecord: () => releaseOutdated(held), onRestart: () => releaseOutdated(held) });
  const leases = new FillLeases({
    tiers,
    versions,
    clock,
    events,
    counters,
    values,
    random,
    held,
    routes: traffic.routes,
    departed,
  });
  const flights = new SingleFlight<Load>();
  const runner = new LoadRunner({
    leases,
    flights,
    clock,
    events,
    counters,
    topKeys,
    routes: traffic.routes,
    background,
    random,
    adaptive,
  });
  const sweeper = new Sweeper(memory, leases, background);
  return {
    events,
    counters,
    topKeys,
    traffic,
    background,
    memory,
    guarded,
    tiers,
    leases,
    flights,
    runner,
    log,
    invalidator,
    sweeper,
    adaptive,
    peers,
  };
}

/** A tier that several processes share has a log of its own, and is opened under the cache's name. */
function openTier(
  { name, store, log, clock, random }: CacheSettings,
  events: EventBus,
): { store: CacheStore | undefined; log: InvalidationLog; peers: PeerChannel | undefined } {
  if (store === undefined || !('open' in store)) {
    return { store, log: log ?? new LocalInvalidationLog(), peers: undefined };
  }
  const tier = store.open({ name, clock, random, events });
  return { store: tier.store, log: tier.log, peers: tier.peers };
}
