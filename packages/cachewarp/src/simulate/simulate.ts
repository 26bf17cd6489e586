import type { Readable } from 'node:stream';
import { CommandError, EXIT } from '../exit-codes.js';
import { MalformedLines } from './log/malformed-lines.js';
import { mergeLogs } from './log/merge-logs.js';
import { openLog } from './log/open-log.js';
import { readLog } from './log/read-log.js';
import { parameterRows } from './report/parameter-rows.js';
import { recommend } from './report/recommend.js';
import { routeRows } from './report/route-rows.js';
import { Curves, memoryOf } from './run/curves.js';
import { Observer } from './run/observer.js';
import { configResult } from './run/config-result.js';
import { routeTtlCurves } from './run/route-ttls.js';
import { targetOfKey } from './run/ttl-choice.js';
import { Tally } from './run/tally.js';
import type { SimulatedConfig } from './simulated-config.js';
import type { LogSummary, SimulationReport } from './simulation-report.js';

/** What to simulate. */
export interface SimulationInput {
  /** Names of files; `-` is standard input. */
  readonly files: readonly string[];
  readonly directory: string;
  readonly input: Readable | undefined;
  /** The configuration to look at in depth, and one to set beside it. */
  readonly config: SimulatedConfig;
  readonly against: SimulatedConfig | undefined;
  readonly progress: SimulationProgress;
}

/** Told how far it is. */
export interface SimulationProgress {
  /** @param totalBytes - undefined where that is not known before */
  reading(readBytes: number, totalBytes: number | undefined): void;
  reckoning(step: number, steps: number): void;
}

/**
 * Reads the logs once, from their beginning to their end, through the engine; then reckons the curves from the sample that was kept.
 * @throws CommandError when a log cannot be read, or holds no request; InvalidOptionError for a faulty configuration
 */
export async function simulate(input: SimulationInput): Promise<SimulationReport> {
  const tallies = [input.config, ...(input.against === undefined ? [] : [input.against])].map((one) => new Tally(one));
  const observer = new Observer();
  const malformed = new MalformedLines();
  await replay(input, tallies, observer, malformed);
  if (observer.requests === 0) throw nothingRead(input.files, malformed);

  const main = tallies[0]!;
  const { total, passedRequests, passedBytes } = main;
  const memory = memoryOf(input.config);
  let step = 0;
  const curves: Curves = new Curves({
    sample: observer.sample,
    ladder: observer.ladder,
    whole: { stats: total, passedRequests, passedBytes },
    memory,
    onStep: () => input.progress.reckoning(++step, curves.steps),
  });
  const ttlCurve = await curves.overTtl();
  const sizeCurve = await curves.overSize();
  const policies = await curves.overPolicies(memory);
  const routes = routeRows(observer.routes.rows());
  const parameters = parameterRows(observer.parameters.rows(), total.requests);
  const routeOf = (key: string): string => observer.routes.routeOf(targetOfKey(key));
  const routeTtls = routeTtlCurves(observer.ladder, routes, total.requests, routeOf);
  const recommendation = await recommend({
    memory,
    ttlCurve,
    curves,
    requests: total.requests,
    routes,
    routeTtls,
    routeOf,
    parameters,
  });
  const spanMs = Math.max(1000, observer.lastAt - observer.firstAt);
  const results = tallies.map((tally) => configResult(tally, spanMs));
  await Promise.all(tallies.map((tally) => tally.close()));
  return {
    log: summaryOf(input.files, observer, malformed, total.bytes),
    results,
    sampleRate: observer.sample.rate,
    sampledRequests: observer.sample.length,
    ttlCurve,
    sizeCurve,
    policies,
    routes,
    parameters,
    timeline: { widthMs: observer.timeline.widthMs, buckets: observer.timeline.buckets() },
    recommendation,
  };
}

async function replay(
  { files, directory, input, progress }: SimulationInput,
  tallies: readonly Tally[],
  observer: Observer,
  malformed: MalformedLines,
): Promise<void> {
  const sources = files.map((name) => openLog(name, directory, input));
  const sizes = sources.map(({ totalBytes }) => totalBytes);
  const totalBytes = sizes.includes(undefined) ? undefined : sizes.reduce<number>((sum, size) => sum + size!, 0);
  let readBytes = 0;
  const onRead = (bytes: number): void => {
    readBytes += bytes;
    progress.reading(readBytes, totalBytes);
  };
  const [main, ...others] = tallies;
  for await (const batch of mergeLogs(sources.map((source) => readLog(source, malformed, onRead)))) {
    for (const request of batch) {
      observer.note(request, main!.see(request));
      for (const tally of others) tally.see(request);
    }
  }
}

function summaryOf(
  files: readonly string[],
  { requests, firstAt, lastAt, late, latestByMs, peak }: Observer,
  malformed: MalformedLines,
  bytes: number,
): LogSummary {
  return {
    files,
    requests,
    firstAt,
    lastAt,
    bytes,
    malformed: malformed.count,
    malformedByFault: Object.fromEntries(malformed.byFault),
    firstMalformed: malformed.first,
    late,
    latestByMs,
    peakPerSecond: peak.peak,
  };
}

function nothingRead(files: readonly string[], { count, first }: MalformedLines): CommandError {
  const names = files.map((name) => (name === '-' ? 'standard input' : name)).join(', ');
  const reason =
    count === 0 ? 'it is empty' : `none of its ${count} lines is a request (the first: ${first[0]!.fault})`;
  return new CommandError(EXIT.usage, `cannot simulate ${names}: ${reason}`);
}
