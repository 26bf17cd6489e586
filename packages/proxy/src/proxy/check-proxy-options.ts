import { InvalidOptionError } from '@cachewarp/core';
import { resolveLimits } from '../base/limits.js';
import { RuleSet } from '../rules/rule-set.js';
import { resolveOrigins, resolveUpstream } from '../upstream/upstream-options.js';
import type { ProxyOptions } from './proxy-options.js';

/**
 * What is wrong with options, part by part: the first fault of the way to the origin, of the origin itself, of the limits, of the
 * policy and of the rules. For those who want to tell of all of them at once; `startProxy` refuses with the first.
 */
export function checkProxyOptions({ origin, upstream, limits, policy, rules }: ProxyOptions): InvalidOptionError[] {
  const checks = [
    () => resolveUpstream(upstream),
    () => resolveOrigins(origin, resolveUpstream()),
    () => resolveLimits(limits),
    () => new RuleSet([], policy ?? {}),
    () => new RuleSet(rules, {}),
  ];
  return checks.map(faultOf).filter((fault) => fault !== undefined);
}

function faultOf(check: () => unknown): InvalidOptionError | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof InvalidOptionError) return error;
    throw error;
  }
}
