import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EvictionPolicyName } from '@cachewarp/core';
import type { Cell } from './measure.js';

/** What another simulator found, where the folder of the traces says so. */
interface Anchor {
  readonly capacities: readonly number[];
  readonly hitRatio: Readonly<Record<string, readonly number[]>>;
}

/** How the other simulator calls our policies, and whether there is but one way to build them. */
const NAMES: readonly [policy: EvictionPolicyName | 'opt', name: string, isExact: boolean][] = [
  ['opt', 'OPT', true],
  ['lru', 'LRU', true],
  ['fifo', 'FIFO', true],
  ['lfu', 'LFUDA', false],
  ['s3fifo', 'S3FIFO', false],
  ['tinylfu', 'WTinyLFU20', false],
];

/** How far we are from the other simulator, in points. */
export interface Distance {
  readonly policy: string;
  readonly isExact: boolean;
  readonly cells: number;
  readonly mean: number;
  readonly lowest: number;
  readonly highest: number;
}

/** Compares with `anchors.json` of the folder; nothing where there is none. */
export function distancesToAnchors(folder: string, cells: readonly Cell[]): Distance[] {
  const file = join(folder, 'anchors.json');
  if (!existsSync(file)) return [];
  const anchors = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Anchor | undefined>;
  return NAMES.map(([policy, name, isExact]) => {
    const points: number[] = [];
    for (const { trace, capacity, ratios, opt } of cells) {
      const anchor = anchors[trace.name];
      const theirs = anchor?.hitRatio[name]?.[anchor.capacities.indexOf(capacity)];
      if (theirs !== undefined) points.push(((policy === 'opt' ? opt : ratios[policy]) - theirs) * 100);
    }
    const mean = points.reduce((sum, point) => sum + point, 0) / points.length;
    const bounds = { lowest: Math.min(...points), highest: Math.max(...points) };
    return { policy, isExact, cells: points.length, mean, ...bounds };
  });
}
