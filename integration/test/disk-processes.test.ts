import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Targets } from '@cachewarp/core';
import { expect } from 'chai';
import { makeDiskProcess, type DiskProcess } from '#src/disk-process.js';
import { Opened } from '#src/opened.js';
import { makeTemporaryFolder } from '#src/temporary-folder.js';

const ROUNDS = 50;

describe('processes on one disk store', function () {
  this.timeout(120_000);
  const opened = new Opened();
  afterEach(() => opened.close());

  const makeProcesses = async (
    count: number,
  ): Promise<{ processes: DiskProcess[]; path: string; tell: (truth: string) => void; truth: string }> => {
    const path = makeTemporaryFolder(opened);
    const truth = join(makeTemporaryFolder(opened), 'truth');
    const tell = (content: string): void => writeFileSync(truth, content);
    tell('0');
    const starting = Array.from({ length: count }, () => makeDiskProcess(opened, path, truth));
    return { processes: await Promise.all(starting), path, tell, truth };
  };
  const load = async (
    { tell }: DiskProcess,
    key: string,
    { callers = 1, delayMs = 0, tags = [] as string[] } = {},
  ): Promise<{ values: string[]; loads: number }> =>
    (await tell({ do: 'load', key, callers, delayMs, tags })) as { values: string[]; loads: number };

  it('load a cold key once, though 4 of them with 25 callers each want it', async () => {
    const { processes } = await makeProcesses(4);
    for (let round = 0; round < 10; round++) {
      const answers = await Promise.all(
        processes.map((process) => load(process, `cold ${round}`, { callers: 25, delayMs: 50 })),
      );
      expect(answers.map(({ values }) => values)).to.deep.equal([['0'], ['0'], ['0'], ['0']]);
      expect(answers.reduce((sum, { loads }) => sum + loads, 0)).to.equal(1);
    }
  });

  const TARGETS: readonly (readonly [string, (key: string) => Targets])[] = [
    ['its key', (key) => key],
    ['a tag', () => ({ tag: 'everywhere' })],
    ['a prefix', () => ({ prefix: 'item:' })],
    ['everything', () => ({ all: true })],
  ];
  for (const [what, targetOf] of TARGETS) {
    it(`never answer what another has invalidated by ${what}, in ${ROUNDS} rounds`, async () => {
      const { processes, tell } = await makeProcesses(3);
      const [one, two, three] = processes as [DiskProcess, DiskProcess, DiskProcess];
      for (let round = 0; round < ROUNDS; round++) {
        const key = `item:${round}`;
        // One loads the old value while it is invalidated; the others have it, or are about to ask.
        const old = load(round % 2 === 0 ? one : two, key, { delayMs: 10, tags: ['everywhere'] });
        if (round % 4 === 0) await old;
        tell(String(round + 1));
        await two.tell({ do: 'invalidate', targets: targetOf(key) });
        // Process three has not had it in memory: it reads from the disk.
        const { values } = await load(three, key, { tags: ['everywhere'] });
        expect(values, `round ${round}`).to.deep.equal([String(round + 1)]);
        await old;
        expect((await load(two, key, { tags: ['everywhere'] })).values).to.deep.equal([String(round + 1)]);
      }
    });
  }

  it('hear of an invalidation while they serve from memory', async () => {
    const { processes, tell } = await makeProcesses(2);
    const [one, two] = processes as [DiskProcess, DiskProcess];
    await load(one, 'k');
    await load(two, 'k');
    tell('1');
    await one.tell({ do: 'invalidate', targets: 'k' });
    while ((await load(two, 'k')).values[0] === '0');
    expect((await load(two, 'k')).values).to.deep.equal(['1']);
  });

  it('find what was stored after all of them ended', async () => {
    const { processes, path, truth } = await makeProcesses(2);
    await load(processes[0]!, 'k');
    await processes[1]!.tell({ do: 'set', key: 'l', value: { deep: [1, null] } });
    for (const process of processes) expect(await process.end()).to.equal(0);
    const later = await makeDiskProcess(opened, path, truth);
    expect(await later.tell({ do: 'get', key: 'k' })).to.equal('0');
    expect(await later.tell({ do: 'get', key: 'l' })).to.deep.equal({ deep: [1, null] });
    expect(await later.tell({ do: 'faults' })).to.deep.equal([]);
  });

  it('wait no longer than a lease for one that was killed while it loaded', async () => {
    const { processes } = await makeProcesses(2);
    const [one, two] = processes as [DiskProcess, DiskProcess];
    const never = load(one, 'k', { delayMs: 60_000 }).catch(() => undefined);
    await two.tell({ do: 'stats' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    one.child.kill('SIGKILL');
    await never;
    expect(await load(two, 'k')).to.deep.equal({ values: ['0'], loads: 1 });
  });
});
