import { stringify } from 'yaml';
import type { SimulationReport } from '../simulation-report.js';
import { bytesOption, durationOption, instantText, percent, printable } from './format.js';

/** The recommendation as a file that `cachewarp proxy --config` takes as it is, but for the origin. YAML, with its reasons as comments. */
export function configFile(report: SimulationReport): string {
  const { recommendation, log, results } = report;
  const { expected, reasons } = recommendation;
  const comments = [
    `Made by cachewarp simulate from ${log.requests} requests, ${instantText(log.firstAt)} to ${instantText(log.lastAt)}.`,
    `Expected: ${percent(expected.hitRatio)} hits (${percent(results[0]!.hitRatio)} with the settings that were simulated).`,
    ...reasons,
    'Answers that state a lifetime of their own keep it; defaultTtl is for those that state none.',
    'Start it with: cachewarp proxy --origin https://… --config THIS_FILE',
  ];
  return `${comments.map((line) => `# ${printable(line)}\n`).join('')}${configYaml(report)}`;
}

/** The settings alone. */
export function configYaml({ recommendation }: SimulationReport): string {
  const { ttlMs, maxBytes, policy, ignoreParams, routeTtls, uncached } = recommendation;
  const rules: Rule[] = [
    ...uncached.map((path) => ({ path, cache: false as const })),
    ...routeTtls.map((route) => ({ path: route.path, cache: { defaultTtl: durationOption(route.ttlMs) } })),
  ];
  // The first rule that matches wins: those with fewer stars say more.
  rules.sort((one, other) => starsIn(one.path) - starsIn(other.path));
  return stringify({
    policy: {
      defaultTtl: durationOption(ttlMs),
      staleIfError: '1h',
      ...(ignoreParams.length > 0 && { key: { ignoreParams } }),
    },
    ...(rules.length > 0 && { rules }),
    memory: { maxBytes: bytesOption(maxBytes), policy },
  });
}

interface Rule {
  readonly path: string;
  readonly cache: false | { readonly defaultTtl: string };
}

function starsIn(path: string): number {
  return path.split('*').length - 1;
}
