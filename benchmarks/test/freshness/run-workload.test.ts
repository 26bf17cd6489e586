import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { runAdaptive } from '#src/freshness/adaptive-run.js';
import { FixedTtls } from '#src/freshness/fixed-ttl.js';
import { firstAfter, type ChangingObject, type Workload } from '#src/freshness/history.js';
import { recordedDuration, recordedWorkload } from '#src/freshness/recorded-workload.js';
import { runWorkload } from '#src/freshness/run-workload.js';
import { syntheticWorkload } from '#src/freshness/synthetic-workload.js';

const object = (changes: readonly number[], requestRate = 1): ChangingObject => ({
  name: 'a',
  requestRate,
  quietS: 100,
  changes: Float64Array.from(changes),
});

describe('runWorkload', () => {
  it('counts what is asked of the origin and what is outdated', () => {
    // Asked for all the time and kept for 10 s: one request in ten or so; changed at 5 s, it is outdated for half of the first ttl.
    const workload: Workload = { objects: [object([5], 1000)], durationS: 10 };
    const { originLoad, staleShare } = runWorkload(workload, () => 10, 0, 1);
    expect(originLoad).to.be.closeTo(1 / 10_000, 2e-5);
    expect(staleShare).to.be.closeTo(0.5, 0.01);
  });

  it('tells who chooses the version, the hits and the last change', () => {
    const seen: [number, number][] = [];
    const workload: Workload = { objects: [object([15, 16], 100)], durationS: 30 };
    let hits = 0;
    runWorkload(
      workload,
      (contact) => {
        seen.push([contact.version, contact.lastChangeAt]);
        hits += contact.hits;
        return 10;
      },
      0,
      1,
    );
    expect(seen).to.deep.equal([
      [0, -100],
      [0, -100],
      [2, 16],
    ]);
    expect(hits).to.be.within(1900, 2100);
  });

  it('counts nothing of the warm-up', () => {
    const workload: Workload = { objects: [object([5], 1000)], durationS: 20 };
    expect(runWorkload(workload, () => 10, 0.5, 1).staleShare).to.be.below(0.001);
  });

  it('comes to the same from the same seed', () => {
    const setup = { objects: 20, requestsPerS: 1, zipfExponent: 0.9, durationS: 5000, medianIntervalS: 600, sigma: 1 };
    const run = () =>
      runAdaptive(syntheticWorkload('plain', setup, 7), { staleBudget: 0.02, sendsLastModified: false }, 0.2, 7);
    expect(run()).to.deep.equal(run());
  });
});

describe('FixedTtls', () => {
  it('finds the ttl whose share of outdated answers is asked for', () => {
    // A change every 100 s: kept for T, about T/200 of the answers are outdated.
    const changes = Array.from({ length: 1000 }, (_, index) => 37 + index * 100.3);
    const workload: Workload = { objects: [object(changes, 50)], durationS: 100_000 };
    const { ttlS, staleShare } = new FixedTtls(workload, 0.1, 1).best(0.05);
    expect(staleShare).to.equal(0.05);
    expect(ttlS).to.be.within(8, 12);
  });

  it('keeps for ever what is never as outdated as that', () => {
    const workload: Workload = { objects: [object([])], durationS: 1000 };
    expect(new FixedTtls(workload, 0.1, 1).best(0.01).ttlS).to.equal(Infinity);
  });
});

describe('recordedWorkload', () => {
  const setup = { requestsPerS: 10, zipfExponent: 0.9, durationS: 100 };
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'freshness-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('reads objects, their quiet and their changes', () => {
    const file = join(folder, 'mods-a.tsv.gz');
    writeFileSync(file, gzipSync('# a comment\na\t10\t5,3.5,9\nb\t20\t\n'));
    const workload = recordedWorkload(file, setup, 1);
    expect(workload.objects.map(({ name, quietS, changes }) => [name, quietS, [...changes]])).to.deep.equal([
      ['a', 10, [3.5, 5, 9]],
      ['b', 20, []],
    ]);
    expect(workload.objects.reduce((sum, { requestRate }) => sum + requestRate, 0)).to.be.closeTo(10, 1e-9);
    expect(recordedDuration(workload)).to.equal(9);
    expect([3.4, 3.5, 9].map((at) => firstAfter(workload.objects[0]!, at))).to.deep.equal([0, 1, 3]);
  });

  it('names the line that it cannot read', () => {
    const file = join(folder, 'mods-b.tsv.gz');
    writeFileSync(file, gzipSync('a\t10\t5,x\n'));
    expect(() => recordedWorkload(file, setup, 1)).to.throw(`${file}:1 is not "object, age, changes"`);
  });
});
