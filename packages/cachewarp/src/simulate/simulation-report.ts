import type { EvictionPolicyName } from '@cachewarp/core';
import type { MalformedLine } from './log/malformed-lines.js';
import type { TimeBucket } from './stats/time-series.js';

/** What `cachewarp simulate --json` prints. Ratios are from 0 to 1, instants ms since the epoch, bytes bytes. */
export interface SimulationReport {
  readonly log: LogSummary;
  /** The configuration asked for, then the one it is compared with. */
  readonly results: readonly ConfigResult[];
  /** Part of the keys that the curves were reckoned from; 1 is all. */
  readonly sampleRate: number;
  readonly sampledRequests: number;
  readonly ttlCurve: readonly CurvePoint[];
  readonly sizeCurve: readonly CurvePoint[];
  readonly policies: readonly PolicyPoint[];
  readonly routes: readonly RouteRow[];
  readonly parameters: readonly ParameterRow[];
  readonly timeline: { readonly widthMs: number; readonly buckets: readonly TimeBucket[] };
  readonly recommendation: Recommendation;
}

/** What was read. */
export interface LogSummary {
  readonly files: readonly string[];
  readonly requests: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly bytes: number;
  readonly malformed: number;
  readonly malformedByFault: Readonly<Record<string, number>>;
  readonly firstMalformed: readonly MalformedLine[];
  /** Lines whose time is before that of a line above them, and by how much at most. */
  readonly late: number;
  readonly latestByMs: number;
  /** The most requests within a second. */
  readonly peakPerSecond: number;
}

/** What a configuration comes to. */
export interface ConfigResult {
  readonly name: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly hitRatio: number;
  readonly byteHitRatio: number;
  /** Hits that cost the origin a refresh, as a part of all requests. */
  readonly staleRatio: number;
  /** Part of the hits whose answer differs from what the log has at that time. */
  readonly outdatedShare: number;
  /** What no cache can exceed with this key: 1 - first requests / requests. */
  readonly ceiling: number;
  readonly originRequests: number;
  readonly originMeanPerSecond: number;
  readonly originPeakPerSecond: number;
  readonly originBytes: number;
  /** Time for which the origin need not work, in ms; undefined where the log has no durations. */
  readonly savedMs: number | undefined;
  readonly entries: number;
  readonly memoryBytes: number;
  readonly evictions: number;
  readonly missReasons: Readonly<Record<string, number>>;
}

/** One point of a curve: a TTL in ms, or a size in bytes. */
export interface CurvePoint {
  readonly x: number;
  readonly hitRatio: number;
  readonly byteHitRatio: number;
  readonly outdatedShare: number;
}

export interface PolicyPoint {
  readonly policy: EvictionPolicyName;
  readonly hitRatio: number;
  readonly byteHitRatio: number;
}

/** What a route is worth caching. */
export type RouteVerdict =
  'worth it' | 'little gain' | 'hardly ever asked twice' | 'changes all the time' | 'not cacheable';

export interface RouteRow {
  readonly route: string;
  readonly requests: number;
  readonly hitRatio: number;
  readonly byteHitRatio: number;
  readonly ceiling: number;
  readonly bytes: number;
  readonly originRequests: number;
  readonly originBytes: number;
  /** How often an answer could be compared with the one before of its URL, and the part that differed. */
  readonly compared: number;
  readonly changeShare: number;
  readonly outdatedShare: number;
  /** How long an answer takes, in ms; undefined where the log does not say. */
  readonly meanMs: number | undefined;
  readonly verdict: RouteVerdict;
}

export interface ParameterRow {
  readonly name: string;
  readonly requests: number;
  readonly values: number;
  readonly keys: number;
  readonly keysWithout: number;
  /** At most so much more of all requests could be hits without it. */
  readonly gain: number;
  /** How often answers of URLs that differ in it alone were compared, and the part that had the same size. */
  readonly compared: number;
  readonly equalShare: number;
  readonly verdict: 'looks safe to ignore' | 'means something' | 'too little seen' | 'costs little';
}

/** What we would start with. */
export interface Recommendation {
  readonly ttlMs: number;
  readonly maxBytes: number;
  readonly policy: string;
  readonly ignoreParams: readonly string[];
  /** Routes that are better off with a lifetime of their own. */
  readonly routeTtls: readonly RouteTtl[];
  /** Patterns of paths that are not worth a place. */
  readonly uncached: readonly string[];
  /** What it comes to by the sample, with the keys as they are now. */
  readonly expected: { readonly hitRatio: number; readonly byteHitRatio: number; readonly outdatedShare: number };
  /** At most so much more, from the parameters that are ignored. */
  readonly gainOfIgnoring: number;
  readonly reasons: readonly string[];
}

/** A lifetime for one route. */
interface RouteTtl {
  readonly path: string;
  readonly ttlMs: number;
  readonly hitRatio: number;
  readonly outdatedShare: number;
}
