import { statSync } from 'node:fs';
import { EventBus, type CacheEntry, type SharedTier } from '@cachewarp/core';
import { FakeClock } from '@cachewarp/core/testing';
import { expect } from 'chai';
import { databaseFile, diskStore } from '#src/disk-store.js';
import { makeDirectory } from './make-directory.js';

const MAX_BYTES = 1024 ** 2;

describe('the bound of a disk store', () => {
  const opened: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of opened.splice(0).toReversed()) await close();
  });

  const clock = new FakeClock();
  const make = (): SharedTier & { path: string } => {
    const { path, remove } = makeDirectory();
    const source = diskStore({ path, maxBytes: MAX_BYTES });
    const tier = source.open({ name: 'app', clock, random: () => 0.5, events: new EventBus() });
    opened.push(remove, () => tier.store.close());
    return { ...tier, path };
  };
  const entryOf = (bytes: number, ttlMs = 3_600_000): CacheEntry => {
    const [createdAt, freshUntil] = [clock.now(), clock.now() + ttlMs];
    const times = { createdAt, freshUntil, staleUntil: 0, errorUntil: 0, keepUntil: 0, loadMs: 1 };
    return {
      value: 'x'.repeat(bytes),
      ...times,
      isError: false,
      tags: [],
      parent: undefined,
      epoch: 'e',
      position: 1,
      size: bytes,
    };
  };

  for (const bytes of [100, 1_000, 10_000]) {
    it(`holds for entries of ${bytes} bytes, in the count and in the file`, async () => {
      const { store, path } = make();
      const count = Math.ceil((3 * MAX_BYTES) / bytes / (bytes === 100 ? 3 : 1));
      for (let number = 0; number < count; number++) await store.set(`key ${number}`, entryOf(bytes));
      const stats = await store.stats();
      expect(stats.bytes).to.be.within(MAX_BYTES / 2, MAX_BYTES);
      expect(stats.evictions).to.be.above(0);
      // Beside the entries: room that is taken ahead, and pages that wait to be used again.
      expect(statSync(databaseFile(path, 'app')).size).to.be.below(1.25 * MAX_BYTES + 8 * 1024 ** 2);
      expect(await store.get(`key ${count - 1}`)).to.not.equal(undefined);
      expect(await store.get('key 0')).to.equal(undefined);
    });
  }

  it('drops what has expired before what is fresh', async () => {
    const { store } = make();
    await store.set('old and fresh', entryOf(1_000));
    for (let number = 0; number < 400; number++) await store.set(`short ${number}`, entryOf(1_000, 1_000));
    clock.advance(2_000);
    for (let number = 0; number < 400; number++) await store.set(`long ${number}`, entryOf(1_000));
    expect(await store.get('old and fresh')).to.not.equal(undefined);
  });

  it('does not keep what is larger than the bound, nor what it was to replace', async () => {
    const { store } = make();
    await store.set('k', entryOf(10));
    await store.set('k', entryOf(MAX_BYTES));
    expect(await store.get('k')).to.equal(undefined);
    expect((await store.stats()).bytes).to.equal(0);
  });
});
