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
  const rules = inOrder([
    ...uncached.map((path) => ({ path, ttlMs: 0 })),
    ...routeTtls.map((route) => ({ path: route.path, ttlMs: route.ttlMs })),
  ]);
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

/** A lifetime for a pattern of paths; 0 is none. */
interface PathTtl {
  readonly path: string;
  readonly ttlMs: number;
}

interface Rule {
  readonly path: string | string[];
  readonly cache: false | { readonly defaultTtl: string };
}

/** The first rule that matches wins: what says more comes first. Neighbours with the same lifetime become one rule. */
function inOrder(paths: PathTtl[]): Rule[] {
  paths.sort((one, other) => vagueness(one.path) - vagueness(other.path) || one.ttlMs - other.ttlMs);
  const groups: { ttlMs: number; paths: string[] }[] = [];
  for (const { path, ttlMs } of paths) {
    const last = groups.at(-1);
    if (last?.ttlMs === ttlMs && hasExtension(last.paths[0]!) === hasExtension(path)) last.paths.push(path);
    else groups.push({ ttlMs, paths: [path] });
  }
  return groups.map(({ ttlMs, paths: same }) => ({
    path: same.length === 1 ? same[0]! : same,
    cache: ttlMs === 0 ? false : { defaultTtl: durationOption(ttlMs) },
  }));
}

/** Stars stand for anything; one with an extension behind it for less. */
function vagueness(path: string): number {
  return 2 * (path.split('*').length - 1) - (hasExtension(path) ? 1 : 0);
}

function hasExtension(path: string): boolean {
  return path.includes('*.');
}
