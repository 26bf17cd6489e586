import { writeFileSync } from 'node:fs';
import { EVICTION_POLICIES, type EvictionPolicyName } from '@cachewarp/core';
import { distancesToAnchors } from './anchors.js';
import { measureBytes, measureTrace, type ByteCell, type Cell } from './measure.js';
import { isExactly, MUST_REACH } from './must-reach.js';
import { plotSvg } from './plot.js';
import { readTraces } from './trace.js';

const BYTE_FRACTIONS = [0.01, 0.05];
/** What the default policies promise on traces of the web, in points beside LRU. */
const MOST_LOST = 2;
const LEAST_GAINED = 2.5;

/**
 * Question: how near to the best possible hit ratio does each policy come, on recorded requests? Plays every trace of a folder
 * through the memory store itself and answers whether all is reached that has to be.
 */
export function benchHitRatio(folder: string | undefined, plotFile = 'hit-ratio.svg'): boolean {
  if (folder === undefined) {
    console.error('which traces? npm run bench -- hit-ratio FOLDER [PLOT.svg]');
    return false;
  }
  const traces = readTraces(folder);
  if (traces.length === 0) {
    console.error(`there is no trace (NAME.txt or NAME.txt.gz) in ${folder}`);
    return false;
  }
  const cells = traces.flatMap((trace) => {
    console.error(`playing ${trace.name}: ${trace.keys.length.toLocaleString('en')} requests`);
    return measureTrace(trace);
  });
  printCells(cells);
  printMeans(cells);
  for (const fraction of BYTE_FRACTIONS) {
    printBytes(traces.filter(({ sizes }) => sizes !== undefined).map((trace) => measureBytes(trace, fraction)));
  }
  const anchorsHold = checkAnchors(folder, cells);
  writeFileSync(plotFile, plotSvg(cells));
  console.log(`\nPlot: ${plotFile}`);
  return [checkMustReach(cells), checkPromise(cells), anchorsHold].every(Boolean);
}

function printCells(cells: readonly Cell[]): void {
  console.log('\nHit ratio in %, bounded in entries (0.5, 1, 2, 5, 10 and 20 % of the keys)\n');
  printTable(
    ['trace', 'entries', ...EVICTION_POLICIES, 'optimum'],
    cells.map(({ trace, capacity, ratios, opt }) => [
      trace.name,
      capacity.toLocaleString('en'),
      ...EVICTION_POLICIES.map((policy) => percent(ratios[policy])),
      percent(opt),
    ]),
  );
}

/** Means over the cells in which LRU hits something and could be beaten. */
function printMeans(cells: readonly Cell[]): void {
  for (const kind of ['web', 'storage'] as const) {
    const own = cells.filter(({ trace }) => trace.kind === kind);
    if (own.length === 0) continue;
    const names = [...new Set(own.map(({ trace }) => trace.name))].join(', ');
    console.log(`\nMeans over ${own.length} cells, ${kind}: ${names}\n`);
    printTable(
      ['policy', '% of optimum', 'points to optimum', 'points to lru', 'worst to lru'],
      EVICTION_POLICIES.map((policy) => {
        const gains = own.map((cell) => gainOverLru(cell, policy));
        return [
          policy,
          (mean(own.map(({ ratios, opt }) => ratios[policy] / opt)) * 100).toFixed(1),
          signed(mean(own.map(({ ratios, opt }) => (ratios[policy] - opt) * 100))),
          signed(mean(gains)),
          signed(Math.min(...gains)),
        ];
      }),
    );
  }
}

function printBytes(cells: readonly ByteCell[]): void {
  for (const { trace, maxBytes, ratios } of cells) {
    console.log(`\n${trace.name}, bounded to ${Math.round(maxBytes / 1024).toLocaleString('en')} kB\n`);
    printTable(
      ['policy', 'hits, %', 'bytes, %', 'hits, entries of any size', 'bytes, entries of any size'],
      ratios.map(({ policy, bounded, unbounded }) => [
        policy,
        ...[bounded.hits, bounded.bytes, unbounded.hits, unbounded.bytes].map(percent),
      ]),
    );
  }
}

function checkAnchors(folder: string, cells: readonly Cell[]): boolean {
  const distances = distancesToAnchors(folder, cells);
  if (distances.length === 0) return true;
  console.log('\nBeside the simulator of anchors.json, in points\n');
  printTable(
    ['policy', 'cells', 'mean', 'lowest', 'highest', ''],
    distances.map(({ policy, cells: count, mean: average, lowest, highest, isExact }) => [
      policy,
      String(count),
      ...[average, lowest, highest].map(signed),
      isExact ? verdict(lowest > -0.001 && highest < 0.001) : '',
    ]),
  );
  return distances.every(({ isExact, lowest, highest }) => !isExact || (lowest > -0.001 && highest < 0.001));
}

function checkMustReach(cells: readonly Cell[]): boolean {
  console.log('\nMust reach (lru and optimum exactly, the others at least), hit ratio in %\n');
  let isAllReached = true;
  const rows = MUST_REACH.flatMap(({ trace, capacity, lru, opt, atLeast }) => {
    const cell = cells.find((each) => each.trace.name === trace && each.capacity === capacity);
    const judged: [string, string, number | undefined, boolean][] = [
      ['lru', `= ${lru}`, cell?.ratios.lru, cell !== undefined && isExactly(cell.ratios.lru, lru)],
      ['optimum', `= ${opt}`, cell?.opt, cell !== undefined && isExactly(cell.opt, opt)],
      ...Object.entries(atLeast).map(([policy, least]): [string, string, number | undefined, boolean] => {
        const ratio = cell?.ratios[policy as EvictionPolicyName];
        return [policy, `>= ${least}`, ratio, ratio !== undefined && ratio * 100 >= Number(least)];
      }),
    ];
    return judged.map(([policy, wanted, ratio, isReached]) => {
      isAllReached &&= isReached;
      const found = ratio === undefined ? 'no such trace' : percent(ratio);
      return [`${trace} @ ${capacity}`, policy, wanted, found, verdict(isReached)];
    });
  });
  printTable(['trace', 'policy', 'wanted', 'found', ''], rows);
  return isAllReached;
}

function checkPromise(cells: readonly Cell[]): boolean {
  const web = cells.filter(({ trace }) => trace.kind === 'web');
  console.log(`\nPromised on the web: ${LEAST_GAINED} points above lru in the mean, never ${MOST_LOST} below\n`);
  let isKept = true;
  for (const policy of ['s3fifo'] as const) {
    const gains = web.map((cell) => gainOverLru(cell, policy));
    const isOwnKept = mean(gains) >= LEAST_GAINED && Math.min(...gains) >= -MOST_LOST;
    isKept &&= isOwnKept;
    console.log(
      `${policy}: ${signed(mean(gains))} in the mean, ${signed(Math.min(...gains))} at worst: ${verdict(isOwnKept)}`,
    );
  }
  return isKept;
}

function gainOverLru({ ratios }: Cell, policy: EvictionPolicyName): number {
  return (ratios[policy] - ratios.lru) * 100;
}

function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = header.map((text, column) => Math.max(text.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join(' | ')} |`;
  console.log(line(header));
  console.log(
    `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`,
  );
  for (const row of rows) console.log(line(row));
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const percent = (ratio: number): string => (ratio * 100).toFixed(2);
const signed = (points: number): string => `${points >= 0.005 ? '+' : ''}${points.toFixed(2)}`;
const verdict = (isReached: boolean): string => (isReached ? 'ok' : 'MISSED');
