import type { Outcome } from '../run/simulated-cache.js';
import { DistinctCounter } from './distinct-counter.js';

/** One answered request, as it is counted. */
export interface Sighting {
  readonly outcome: Outcome;
  /** May be answered from store. */
  readonly isRead: boolean;
  /** Bytes of the answer; 0 where nothing is known. */
  readonly bytes: number;
  readonly keyHash: number;
  readonly isOutdated: boolean;
  /** How long it took, in ms; -1 where the log does not say. */
  readonly durationMs: number;
  /** Whether the answer differs from the one before of its URL; undefined where that cannot be told. */
  readonly isChanged: boolean | undefined;
}

/** What is counted of one route, or of all. */
export class RouteStats {
  requests = 0;
  reads = 0;
  hits = 0;
  /** Hits that cost the origin a refresh. */
  stale = 0;
  outdated = 0;
  bytes = 0;
  hitBytes = 0;
  /** Bytes that came from the origin. */
  originBytes = 0;
  /** Requests whose duration the log tells, how long they took, and how long those took that are hits now. */
  timed = 0;
  durationMs = 0;
  savedMs = 0;
  compared = 0;
  changed = 0;
  readonly keys: DistinctCounter;

  constructor(bits = 10, exactLimit = 128) {
    this.keys = new DistinctCounter(bits, exactLimit);
  }

  add({ outcome, isRead, bytes, keyHash, isOutdated, durationMs, isChanged }: Sighting): void {
    const isHit = outcome === 'hit' || outcome === 'stale';
    this.requests++;
    this.bytes += bytes;
    if (isRead) {
      this.reads++;
      this.keys.add(keyHash);
    }
    if (isHit) {
      this.hits++;
      this.hitBytes += bytes;
    }
    if (outcome === 'stale') this.stale++;
    if (outcome !== 'hit') this.originBytes += bytes;
    if (isOutdated) this.outdated++;
    if (durationMs >= 0) {
      this.timed++;
      this.durationMs += durationMs;
      if (isHit) this.savedMs += durationMs;
    }
    if (isChanged !== undefined) this.compared++;
    if (isChanged === true) this.changed++;
  }

  merge(other: RouteStats): void {
    for (const name of NUMBERS) this[name] += other[name];
    this.keys.merge(other.keys);
  }

  get hitRatio(): number {
    return ratio(this.hits, this.requests);
  }

  /** What no cache can exceed: the first request of each key is a miss. */
  get ceiling(): number {
    return ratio(Math.max(0, this.reads - this.keys.count), this.requests);
  }
}

/** A share of nothing is 0. */
export function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

const NUMBERS = [
  'requests',
  'reads',
  'hits',
  'stale',
  'outdated',
  'bytes',
  'hitBytes',
  'originBytes',
  'timed',
  'durationMs',
  'savedMs',
  'compared',
  'changed',
] as const;
