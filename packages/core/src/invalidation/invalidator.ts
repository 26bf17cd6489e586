import type { Clock } from '../base/clock.js';
import type { TieredStore } from '../store/tiered-store.js';
import type { EventBus } from '../telemetry/event-bus.js';
import type { InvalidationDetails, InvalidationLog } from './invalidation-log.js';
import type { TagVersions } from './tag-versions.js';
import { markerText, readTargets, type Marker, type Targets } from './target.js';

/**
 * Raises invalidations: first the place in the log, which alone decides what is valid, then the eager dropping of what is known
 * to be concerned, which only saves memory. When the promise resolves, no read that starts later can see an old value.
 */
export class Invalidator {
  readonly #log: InvalidationLog;
  readonly #tiers: TieredStore;
  readonly #clock: Clock;
  readonly #events: EventBus;

  constructor(parts: {
    log: InvalidationLog;
    versions: TagVersions;
    tiers: TieredStore;
    clock: Clock;
    events: EventBus;
  }) {
    this.#log = parts.log;
    this.#tiers = parts.tiers;
    this.#clock = parts.clock;
    this.#events = parts.events;
    parts.log.subscribe({ onRecord: (record) => parts.versions.apply(record) });
  }

  /**
   * @param soft - true to expire: entries turn stale and may still be served within their windows
   * @returns how many targets were named
   * @throws InvalidOptionError naming the faulty target
   */
  async raise(targets: Targets, soft: boolean, details: InvalidationDetails = {}): Promise<number> {
    const markers = readTargets(targets);
    if (markers.length === 0) return 0;
    const appended = this.#log.append({ ...details, markers, soft, at: this.#clock.now() });
    const { seq, at, by } = appended instanceof Promise ? await appended : appended;
    if (this.#events.has('invalidated')) {
      this.#events.emit('invalidated', { targets: markers.map(markerText), soft, position: seq, at, by });
    }
    if (!soft) await Promise.all(markers.map((marker) => this.#drop(marker)));
    return markers.length;
  }

  #drop(marker: Marker): unknown {
    if (marker.kind === 'key') return this.#tiers.drop(marker.name);
    // Entries of a tag or a prefix are found by the judgement at their next read, or by the sweep.
    return marker.kind === 'all' ? this.#tiers.clear() : undefined;
  }
}
