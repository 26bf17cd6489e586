import type { ConfigResult } from '../simulation-report.js';
import { bytesOption } from '../report/format.js';
import { ratio } from '../stats/route-stats.js';
import { memoryOf } from './curves.js';
import type { Tally } from './tally.js';

/** @param spanMs - how long the log goes, in ms */
export function configResult(tally: Tally, spanMs: number): ConfigResult {
  const { total, config, originPeak, missReasons } = tally;
  const originRequests = total.requests - total.hits + total.stale;
  const { entries, bytes, evictions } = tally.stats();
  return {
    name: config.name,
    settings: settingsOf(tally),
    hitRatio: total.hitRatio,
    byteHitRatio: ratio(total.hitBytes, total.bytes),
    staleRatio: ratio(total.stale, total.requests),
    outdatedShare: ratio(total.outdated, total.hits),
    ceiling: total.ceiling,
    originRequests,
    originMeanPerSecond: originRequests / (spanMs / 1000),
    originPeakPerSecond: originPeak.peak,
    originBytes: total.originBytes,
    savedMs: total.timed === 0 ? undefined : total.savedMs,
    entries,
    memoryBytes: bytes,
    evictions,
    missReasons: Object.fromEntries(missReasons),
  };
}

/** What was simulated, in the words of the flags. */
function settingsOf({ config }: Tally): Record<string, string> {
  const { maxBytes, maxEntries, policy } = memoryOf(config);
  const { defaultTtl, ttl, staleWhileRevalidate, key } = config.policy;
  const lifetime = ttl ?? defaultTtl;
  return {
    policy: policy ?? 's3fifo',
    'max-bytes': bytesOption(maxBytes),
    ...(maxEntries !== undefined && { 'max-entries': String(maxEntries) }),
    ttl: typeof lifetime === 'number' ? `${lifetime}s` : typeof lifetime === 'string' ? lifetime : 'none',
    ...(staleWhileRevalidate !== undefined && { 'stale-while-revalidate': String(staleWhileRevalidate) }),
    ...(key?.ignoreParams !== undefined && { 'ignore-params': key.ignoreParams.join(' ') }),
    ...(config.rules.length > 0 && { rules: String(config.rules.length) }),
  };
}
