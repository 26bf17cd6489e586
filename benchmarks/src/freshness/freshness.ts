import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runAdaptive, type AdaptiveResult } from './adaptive-run.js';
import { FixedTtls, type FixedTtl } from './fixed-ttl.js';
import type { Workload } from './history.js';
import { recordedDuration, recordedWorkload } from './recorded-workload.js';
import { syntheticWorkload, type SyntheticKind, type SyntheticSetup } from './synthetic-workload.js';

/*
 * Question: how much less is the origin asked under the adaptive rule than under the best fixed ttl there is, at the same share of outdated
 * answers? And does the rule keep the share it was given?
 */

const BUDGETS = [0.01, 0.02, 0.05] as const;
const SEEDS = [1, 2, 3] as const;
/** Share of the time before which nothing is counted: nobody knows anything yet. */
const WARM_UP = 0.2;
/**
 * Achieved over asked for. The least counts only for the sets whose figures are promised: of objects that hardly ever change, no answers get
 * outdated that a budget could be spent on before an outdated answer is worth less than a request.
 */
const KEPT = { least: 0.5, most: 1.4 };

const SYNTHETIC: SyntheticSetup = {
  objects: 2000,
  requestsPerS: 5,
  zipfExponent: 0.9,
  durationS: 3 * 86_400,
  medianIntervalS: 3600,
  sigma: 2,
};

interface Subject {
  readonly name: string;
  /** The largest ratios at the three budgets; undefined where none is promised. */
  readonly limits: readonly [number, number, number] | undefined;
  readonly make: (seed: number) => Workload;
}

interface Measured {
  readonly adaptive: AdaptiveResult;
  readonly fixed: FixedTtl;
}

/**
 * Prints the table, and throws nothing: the answer is whether every promise was kept.
 * @param folder - with recordings `mods-*.tsv.gz`
 */
export async function benchFreshness(folder: string | undefined): Promise<boolean> {
  if (folder === undefined || !existsSync(folder)) {
    console.error(`freshness needs a folder of recorded histories (mods-*.tsv.gz), got ${String(folder)}`);
    return false;
  }
  const recordings = readdirSync(folder).filter((name) => /^mods-.+\.tsv\.gz$/.test(name));
  console.log(
    `\nOrigin load of the adaptive ttl, as a ratio to the best fixed ttl at equal staleness (${SEEDS.length} seeds, mean)\n`,
  );
  console.log('| set | stale budget | ratio | must reach | achieved/budget | origin load | best fixed ttl | price | |');
  console.log('|---|--:|--:|--:|--:|--:|--:|--:|---|');
  let isKept = true;
  for (const subject of [...syntheticSubjects(), ...recordings.map((name) => recordedSubject(folder, name))]) {
    const runs = SEEDS.map((seed) => {
      const workload = subject.make(seed);
      return { workload, seed, fixed: new FixedTtls(workload, WARM_UP, seed) };
    });
    for (const [index, budget] of BUDGETS.entries()) {
      const measured = runs.map((run) => measure(run, budget));
      const faults = report(subject.name, budget, subject.limits?.[index], measured);
      if (faults.length > 0) isKept = false;
      // Lets a signal in.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  if (recordings.length === 0) console.error(`there are no recordings (mods-*.tsv.gz) in ${folder}`);
  console.log(isKept ? '\nEvery figure is reached.' : '\nNot every figure is reached.');
  return isKept && recordings.length > 0;
}

interface Run {
  readonly workload: Workload;
  readonly seed: number;
  readonly fixed: FixedTtls;
}

function measure({ workload, seed, fixed }: Run, staleBudget: number): Measured {
  const adaptive = runAdaptive(workload, { staleBudget, sendsLastModified: true }, WARM_UP, seed);
  return { adaptive, fixed: fixed.best(adaptive.staleShare) };
}

/** Prints a line, and answers what is wrong in it. */
function report(
  name: string,
  budget: number,
  limit: number | undefined,
  measured: readonly Measured[],
): readonly string[] {
  const ratio = mean(measured.map(({ adaptive, fixed }) => adaptive.originLoad / fixed.originLoad));
  const achieved = measured.map(({ adaptive }) => adaptive.staleShare / budget);
  const price = mean(measured.map(({ adaptive }) => adaptive.price));
  const faults: string[] = [];
  if (limit !== undefined && ratio > limit) faults.push('ratio');
  if (achieved.some((one) => one > KEPT.most)) faults.push('over budget');
  const isUnderUsed = achieved.some((one) => one < KEPT.least);
  if (isUnderUsed && limit !== undefined) faults.push('budget unused');
  const note = faults.length > 0 ? `✗ ${faults.join(', ')}` : isUnderUsed ? '✓ budget not used up' : '✓';
  const cells = [
    name,
    `${budget * 100} %`,
    ratio.toFixed(2),
    limit === undefined ? '' : `≤ ${limit}`,
    `${Math.min(...achieved).toFixed(2)}–${Math.max(...achieved).toFixed(2)}`,
    `${(100 * mean(measured.map(({ adaptive }) => adaptive.originLoad))).toFixed(1)} %`,
    seconds(mean(measured.map(({ fixed }) => fixed.ttlS))),
    price.toFixed(1),
    note,
  ];
  console.log(`| ${cells.join(' | ')} |`);
  return faults;
}

function syntheticSubjects(): Subject[] {
  const make = (kind: SyntheticKind) => (seed: number) => syntheticWorkload(kind, SYNTHETIC, seed);
  return [
    { name: 'one: log-normal', limits: [0.68, 0.64, 0.59], make: make('plain') },
    { name: 'two: popular change faster', limits: [0.84, 0.8, 0.72], make: make('popular-change-faster') },
    { name: 'three: rates turn', limits: [0.67, 0.63, 0.58], make: make('turning') },
  ];
}

function recordedSubject(folder: string, name: string): Subject {
  const short = name.replace(/^mods-|\.tsv\.gz$/g, '');
  const file = join(folder, name);
  const { requestsPerS, zipfExponent } = SYNTHETIC;
  const setup = { requestsPerS, zipfExponent, durationS: 0 };
  const durationS = recordedDuration(recordedWorkload(file, setup, 0));
  return {
    name: short,
    limits: short === 'nyt' ? [0.77, 0.74, 0.68] : undefined,
    make: (seed) => recordedWorkload(file, { ...setup, durationS }, seed),
  };
}

function mean(figures: readonly number[]): number {
  return figures.reduce((sum, figure) => sum + figure, 0) / figures.length;
}

function seconds(figure: number): string {
  if (figure < 120) return `${figure.toFixed(0)} s`;
  return figure < 7200 ? `${(figure / 60).toFixed(0)} min` : `${(figure / 3600).toFixed(1)} h`;
}
