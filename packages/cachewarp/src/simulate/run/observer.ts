import type { LogRequest } from '../log/log-request.js';
import { KeySample } from '../stats/key-sample.js';
import { ParameterTable } from '../stats/parameter-table.js';
import { PeakRate } from '../stats/peak-rate.js';
import { RouteTable } from '../stats/route-table.js';
import { TimeSeries } from '../stats/time-series.js';
import type { Seen } from './tally.js';

/** Requests that the curves are reckoned from at most, unless few keys have most of them. */
const SAMPLE_LIMIT = 100_000;

/** Everything that is counted of a log beside what the configurations come to. Bounded in memory, however long the log is. */
export class Observer {
  readonly routes = new RouteTable();
  readonly parameters = new ParameterTable();
  readonly sample: KeySample;
  readonly timeline = new TimeSeries();
  readonly peak = new PeakRate();
  requests = 0;
  firstAt = 0;
  lastAt = 0;
  late = 0;
  latestByMs = 0;

  constructor(sampleLimit = SAMPLE_LIMIT) {
    this.sample = new KeySample(sampleLimit);
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
  }
}
