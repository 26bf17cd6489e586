import type { LogRequest } from '../log/log-request.js';
import { KeySample } from '../stats/key-sample.js';
import { ParameterTable } from '../stats/parameter-table.js';
import { PeakRate } from '../stats/peak-rate.js';
import { RouteTable } from '../stats/route-table.js';
import { TimeSeries } from '../stats/time-series.js';
import { TtlLadder } from '../stats/ttl-ladder.js';
import type { Seen } from './tally.js';

/** Requests that the curves are reckoned from at most, unless few keys have most of them. */
const SAMPLE_LIMIT = 200_000;

/** Keys that are followed for the curve over the lifetime. */
const FOLLOWED_KEYS = 100_000;

const TTLS_MS = [5, 15, 60, 300, 900, 3600, 6 * 3600, 86_400, 7 * 86_400].map((seconds) => seconds * 1000);

/** Everything that is counted of a log beside what the configurations come to. Bounded in memory, however long the log is. */
export class Observer {
  readonly routes = new RouteTable();
  readonly parameters = new ParameterTable();
  readonly sample: KeySample;
  readonly ladder: TtlLadder;
  readonly timeline = new TimeSeries();
  readonly peak = new PeakRate();
  requests = 0;
  firstAt = 0;
  lastAt = 0;
  late = 0;
  latestByMs = 0;

  constructor(sampleLimit = SAMPLE_LIMIT, followedKeys = FOLLOWED_KEYS) {
    this.sample = new KeySample(sampleLimit);
    this.ladder = new TtlLadder(TTLS_MS, followedKeys);
  }

  note(request: LogRequest, { visit, keyHash, sighting, now }: Seen): void {
    if (this.requests++ === 0) this.firstAt = now;
    this.lastAt = now;
    if (request.at < now) {
      this.late++;
      this.latestByMs = Math.max(this.latestByMs, now - request.at);
    }
    this.peak.add(now);
    this.timeline.add(now, sighting.outcome !== 'hit');
    this.routes.add(request.target, sighting);
    if (sighting.isRead) this.parameters.add(request.target, request.status === 200 ? request.bytes : -1);
    this.sample.add(visit, keyHash);
    this.ladder.add(visit, keyHash, now);
  }
}
