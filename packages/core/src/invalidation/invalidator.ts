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
    const { versions } = parts;
    parts.log.subscribe({
      onRecord: (record) => versions.apply(record),
      onRestart: (state) => versions.restart(state),
      onSilence: (isSilent, toleranceMs) => versions.silence(isSilent, toleranceMs),
    });
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
    // What is dropped meanwhile and stored again by a late fill is still judged by its place in the log.
    const dropped = soft ? [] : markers.map((marker) => this.#drop(marker));
    const { seq, at, by } = appended instanceof Promise ? await appended : appended;
    if (this.#events.has('invalidated')) {
      this.#events.emit('invalidated', { targets: markers.map(markerText), soft, position: seq, at, by });
    }
    await Promise.all(dropped);
    return markers.length;
  }

  #drop(marker: Marker): unknown {
    if (marker.kind === 'key') return this.#tiers.drop(marker.name);
    // Entries of a tag or a prefix are found by the judgement at their next read, or by the sweep.
    return marker.kind === 'all' ? this.#tiers.clear() : undefined;
  }
}
