import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { makeDiskProcess } from '#src/disk-process.js';
import { Opened } from '#src/opened.js';
import { makeTemporaryFolder } from '#src/temporary-folder.js';

describe('a disk store that is full', function () {
  this.timeout(60_000);
  const opened = new Opened();
  afterEach(() => opened.close());

  /** A process whose files may not become larger than `blocks` of 512 bytes: what the system answers then is as of a full disk. */
  const makeOnFullDisk = async (blocks: number): ReturnType<typeof makeDiskProcess> => {
    const truth = join(makeTemporaryFolder(opened), 'truth');
    writeFileSync(truth, 'true');
    return makeDiskProcess(opened, makeTemporaryFolder(opened), truth, { maxFileBlocks: blocks });
  };

  it('keeps fewer entries, says so once, and goes on', async () => {
    const { tell, end } = await makeOnFullDisk(10_000);
    await tell({ do: 'hoard', count: 3_000, bytes: 4_000 });
    expect(await tell({ do: 'get', key: 'hoard 2999' })).to.be.a('string');
    const faults = (await tell({ do: 'faults' })) as string[];
    expect(faults.filter((fault) => fault.includes('is full and keeps fewer entries'))).to.have.length(1);
    await tell({ do: 'invalidate', targets: { all: true } });
    expect(await tell({ do: 'load', key: 'hoard 2999', callers: 5, delayMs: 1, tags: [] })).to.deep.equal({
      values: ['true'],
      loads: 1,
    });
    expect(await end()).to.equal(0);
  });

  it('is done without where there is no room even to begin', async () => {
    const { tell, end } = await makeOnFullDisk(200);
    await tell({ do: 'hoard', count: 20, bytes: 100 });
    expect(await tell({ do: 'load', key: 'k', callers: 5, delayMs: 1, tags: [] })).to.deep.equal({
      values: ['true'],
      loads: 1,
    });
    expect(((await tell({ do: 'faults' })) as string[]).join()).to.include('disk store cannot open');
    expect(await end()).to.equal(0);
  });
});
