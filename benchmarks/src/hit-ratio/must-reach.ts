import type { EvictionPolicyName } from '@cachewarp/core';

/** Hit ratios in % that a policy has to reach on a trace, with so many entries. As text: its digits say how exact it is. */
export interface MustReach {
  readonly trace: string;
  readonly capacity: number;
  /** Exactly. */
  readonly lru: string;
  /** Exactly. */
  readonly opt: string;
  /** At least. */
  readonly atLeast: Partial<Record<EvictionPolicyName, string>>;
}

export const MUST_REACH: readonly MustReach[] = [
  row('web12', 688, '60.02', '64.3', '64.3', '64.3', '74.7'),
  row('web12', 1376, '68.49', '71.8', '71.3', '71.4', '80.0'),
  row('elastic-apache', 69, '58.90', '61.8', '62.5', '61.3', '71.9'),
  row('arc-OLTP', 1869, '41.6', '46.0', '45.4', '44.1', '59.8'),
  row('lirs-multi3', 745, '35.5', '44.8', '43.0', '36.2', '52.9'),
  row('lirs-loop', 101, '0.0', '0', '6.3', '0', '10.0'),
];

function row(
  trace: string,
  capacity: number,
  lru: string,
  s3fifo: string,
  tinylfu: string,
  lfu: string,
  opt: string,
): MustReach {
  return { trace, capacity, lru, opt, atLeast: { s3fifo, tinylfu, lfu } };
}

/** Whether a ratio, rounded to as many digits as the text has, is the one of the text. */
export function isExactly(ratio: number, percent: string): boolean {
  const digits = percent.split('.')[1]?.length ?? 0;
  return (ratio * 100).toFixed(digits) === Number(percent).toFixed(digits);
}
