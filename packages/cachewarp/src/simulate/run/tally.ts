import type { LogRequest } from '../log/log-request.js';
import type { SimulatedConfig } from '../simulated-config.js';
import { hashText } from '../stats/hash-text.js';
import { PeakRate } from '../stats/peak-rate.js';
import { RecentSizes } from '../stats/recent-sizes.js';
import { RouteStats, type Sighting } from '../stats/route-stats.js';
import { Planner } from './planner.js';
import { SimulatedCache, type Outcome } from './simulated-cache.js';
import { emptyVisit, type Visit } from './visit.js';

/** What came of one request. */
export interface Seen {
  /** The object is the same each time. */
  readonly visit: Visit;
  readonly keyHash: number;
  readonly sighting: Sighting;
  /** The request's place in time, in ms: late lines happen now. */
  readonly now: number;
}

/** One configuration on its way through the log: its cache, and what came of the requests so far. */
export class Tally {
  readonly total = new RouteStats(14, 50_000);
  readonly missReasons = new Map<string, number>();
  readonly originPeak = new PeakRate();
  readonly config: SimulatedConfig;
  /** Requests and bytes that no cache answers. */
  passedRequests = 0;
  passedBytes = 0;
  readonly #planner: Planner;
  readonly #cache: SimulatedCache;
  readonly #sizes = new RecentSizes();
  readonly #visit = emptyVisit();
  readonly #sizeOf = (key: string): number | undefined => this.#sizes.get(key);

  /** @throws InvalidOptionError naming the faulty option */
  constructor(config: SimulatedConfig) {
    this.config = config;
    this.#planner = new Planner(config);
    this.#cache = new SimulatedCache(config.memory, { explains: true });
  }

  see(request: LogRequest): Seen {
    const visit = this.#visit;
    this.#planner.plan(request, visit, this.#sizeOf);
    const isChanged = this.#noteSize(request, visit);
    const { outcome, isOutdated, missReason } = this.#cache.visit(visit);
    const { now } = this.#cache;
    if (outcome !== 'hit') this.originPeak.add(now);
    if (missReason !== undefined) this.missReasons.set(missReason, (this.missReasons.get(missReason) ?? 0) + 1);
    const keyHash = hashText(visit.key);
    const sighting = sightingOf(request, visit, { outcome, isOutdated, keyHash, isChanged });
    if (outcome === 'pass') {
      this.passedRequests++;
      this.passedBytes += sighting.bytes;
    }
    this.total.add(sighting);
    return { visit, keyHash, sighting, now };
  }

  stats(): { entries: number; bytes: number; evictions: number } {
    return this.#cache.stats();
  }

  close(): Promise<void> {
    return this.#cache.close();
  }

  /** Whether a whole answer differs from the one before; undefined where that cannot be told. */
  #noteSize({ method, status, bytes }: LogRequest, { key }: Visit): boolean | undefined {
    if (method !== 'GET' || status !== 200 || bytes < 0) return undefined;
    const before = this.#sizes.get(key);
    if (before !== bytes) this.#sizes.set(key, bytes);
    return before === undefined ? undefined : before !== bytes;
  }
}

function sightingOf(
  { durationMs }: LogRequest,
  { use, bytes }: Visit,
  seen: { outcome: Outcome; isOutdated: boolean; keyHash: number; isChanged: boolean | undefined },
): Sighting {
  const { outcome, isOutdated, keyHash, isChanged } = seen;
  const isRead = use === 'store' || use === 'look';
  // Written out: to spread an object here costs as much as the rest of a request.
  return { outcome, isRead, bytes: bytes < 0 ? 0 : bytes, keyHash, isOutdated, durationMs, isChanged };
}
