import { stringify } from 'yaml';
import type { SimulationReport } from '../simulation-report.js';
import { bytesOption, durationOption, instantText, percent, printable } from './format.js';

/** The recommendation as a file that `cachewarp proxy --config` takes as it is, but for the origin. YAML. */
export function configFile({ recommendation, log, results }: SimulationReport): string {
  const { ttlMs, maxBytes, policy, ignoreParams, uncached, expected, reasons } = recommendation;
  const ttl = durationOption(ttlMs);
  const config = {
    policy: {
      defaultTtl: ttl,
      staleIfError: '1h',
      ...(ignoreParams.length > 0 && { key: { ignoreParams } }),
    },
    ...(uncached.length > 0 && { rules: uncached.map((path) => ({ path, cache: false })) }),
    memory: { maxBytes: bytesOption(maxBytes), policy },
  };
  const comments = [
    `Made by cachewarp simulate from ${log.requests} requests, ${instantText(log.firstAt)} to ${instantText(log.lastAt)}.`,
    `Expected: ${percent(expected.hitRatio)} hits (${percent(results[0]!.hitRatio)} with the settings that were simulated).`,
    ...reasons,
    'Answers that state a lifetime of their own keep it; defaultTtl is for those that state none.',
    'Start it with: cachewarp proxy --origin https://… --config THIS_FILE',
  ];
  return `${comments.map((line) => `# ${printable(line)}\n`).join('')}${stringify(config)}`;
}
