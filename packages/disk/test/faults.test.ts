import { closeSync, existsSync, openSync, readdirSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { EventBus, systemClock, type CacheEntry, type SharedTier } from '@cachewarp/core';
import { EventRecorder } from '@cachewarp/core/testing';
import { expect } from 'chai';
import { databaseFile, diskStore } from '#src/disk-store.js';
import { makeDirectory } from './make-directory.js';

describe('a disk store that is damaged or cannot be used', () => {
  const opened: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of opened.splice(0).toReversed()) await close();
  });

  const makePath = (): string => {
    const { path, remove } = makeDirectory();
    opened.push(remove);
    return path;
  };
  const openAt = (path: string): SharedTier & { faults: () => string[] } => {
    const events = new EventBus();
    const recorder = new EventRecorder(events);
    const tier = diskStore({ path }).open({ name: 'app', clock: systemClock, random: () => 0.5, events });
    opened.push(() => tier.store.close());
    return { ...tier, faults: () => recorder.of('storeError').map(({ error }) => (error as Error).message) };
  };
  const entryOf = ({ log }: SharedTier, value: unknown): CacheEntry => {
    const now = systemClock.now();
    const times = { createdAt: now, freshUntil: now + 60_000, staleUntil: 0, errorUntil: 0, keepUntil: 0, loadMs: 1 };
    return {
      value,
      ...times,
      isError: false,
      tags: [],
      parent: undefined,
      epoch: log.epoch,
      position: log.position,
      size: 1,
    };
  };
  const makeFilled = async (): Promise<string> => {
    const path = makePath();
    const tier = openAt(path);
    for (let number = 0; number < 300; number++) await tier.store.set(`k${number}`, entryOf(tier, 'x'.repeat(1_000)));
    await tier.store.close();
    return path;
  };

  const DAMAGES: readonly (readonly [string, (file: string) => void])[] = [
    ['holds a text of somebody else', (file) => writeFileSync(file, 'hello, I am no database\n')],
    [
      'is full of noise',
      (file) => writeFileSync(file, Buffer.from(Array.from({ length: 50_000 }, (_, n) => (n * 7919) & 255))),
    ],
    ['was cut within its head', (file) => truncateSync(file, 100)],
    ['was cut behind its first page', (file) => truncateSync(file, 4_096)],
    ['was cut in the middle', (file) => truncateSync(file, 100_000)],
    ['has pages of zeroes', (file) => overwrite(file, 8_192, Buffer.alloc(400_000))],
  ];
  for (const [what, damage] of DAMAGES) {
    it(`moves a file aside that ${what}, begins anew, and says so`, async () => {
      const path = await makeFilled();
      const file = databaseFile(path, 'app');
      damage(file);
      rmSync(`${file}-lock`, { force: true });
      const tier = openAt(path);
      for (let number = 0; number < 300; number++) {
        try {
          await tier.store.get(`k${number}`);
        } catch {
          // The first who meets it is told; the next one finds a database that begins.
        }
      }
      await tier.store.set('new', entryOf(tier, 'whole'));
      expect((await tier.store.get('new'))?.value).to.equal('whole');
      expect(tier.faults().filter((fault) => fault.includes('begun anew'))).to.have.length(1);
      expect(existsSync(`${file}.damaged`)).to.equal(true);
    });
  }

  it('begins anew where the machine went down while it was open, for what was not flushed may be torn', async () => {
    const path = await makeFilled();
    writeFileSync(`${databaseFile(path, 'app')}-run`, 'another run of the machine\nopen\n');
    const tier = openAt(path);
    expect(await tier.store.get('k1')).to.equal(undefined);
    expect(tier.faults().join()).to.include('the machine went down while it was open');
  });

  it('keeps what was closed before the machine went down', async () => {
    const path = await makeFilled();
    writeFileSync(`${databaseFile(path, 'app')}-run`, 'another run of the machine\nclosed\n');
    const tier = openAt(path);
    expect((await tier.store.get('k1'))?.value).to.equal('x'.repeat(1_000));
    expect(tier.faults()).to.deep.equal([]);
  });

  it('says which file it is that cannot be opened, and keeps invalidations until it can', async () => {
    const path = join(makePath(), 'in the way');
    writeFileSync(path, 'a file where the directory should be');
    const tier = openAt(path);
    expect(() => tier.store.get('k')).to.throw(`disk store cannot open ${databaseFile(path, 'app')}`);
    const { seq } = await tier.log.append({ markers: [{ kind: 'tag', name: 't' }], soft: false, at: 1 });
    expect(seq % 1).to.be.above(0);
    rmSync(path);
    let isBack = false;
    while (!isBack) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      isBack = existsSync(path) && readdirSync(path).length > 0;
    }
    expect(await tier.store.get('k')).to.equal(undefined);
    expect(tier.log.recent(1)[0]?.markers).to.deep.equal([{ kind: 'tag', name: 't' }]);
  });
});

function overwrite(file: string, at: number, bytes: Buffer): void {
  const fd = openSync(file, 'r+');
  writeSync(fd, bytes, 0, bytes.length, at);
  closeSync(fd);
}
