import { expect } from 'chai';
import { GuardedStore } from '#src/store/guarded-store.js';
import { MemoryStore } from '#src/store/memory-store.js';
import { NullStore } from '#src/store/null-store.js';
import { TieredStore } from '#src/store/tiered-store.js';
import { ChaosStore } from '#src/testing/chaos-store.js';
import { FakeClock } from '#src/testing/fake-clock.js';
import { makeEntry } from './make-entry.js';

function makeTiers({ hasMemory = true, maxBytes = 1_000_000 } = {}) {
  const clock = new FakeClock();
  const memory = hasMemory ? new MemoryStore({ clock, maxBytes }) : new NullStore();
  const behind = new MemoryStore({ clock });
  const chaos = new ChaosStore(behind, clock);
  const tiers = new TieredStore({ memory, store: new GuardedStore(chaos, { clock }) });
  return { clock, memory, behind, chaos, tiers };
}

describe('TieredStore', () => {
  it('peeks at memory only', () => {
    const { tiers, behind, chaos } = makeTiers();
    behind.set('a', makeEntry(1));
    expect(tiers.peek('a')).to.equal(undefined);
    expect(chaos.calls).to.deep.equal([]);
  });

  it('promotes what it finds behind the memory', async () => {
    const { tiers, behind, memory } = makeTiers();
    behind.set('a', makeEntry(1));
    const record = await tiers.fetch('a');
    expect(record?.entry.value).to.equal(1);
    expect(record?.isLive).to.equal(true);
    expect(memory.record('a')).to.equal(record);
    expect(await tiers.fetch('absent')).to.equal(undefined);
  });

  it('promotes many in the order asked, in one call', async () => {
    const { tiers, behind, chaos, memory } = makeTiers();
    behind.set('a', makeEntry(1));
    behind.set('b', makeEntry(2));
    const records = await tiers.fetchMany(['b', 'absent', 'a']);
    expect(records.map((record) => record?.entry.value)).to.deep.equal([2, undefined, 1]);
    expect(chaos.calls.length).to.equal(1);
    expect(memory.record('a')?.entry.value).to.equal(1);
  });

  it('keeps an entry in memory at once and behind it later', async () => {
    const { tiers, behind, chaos, clock } = makeTiers();
    chaos.delay(10, 'set');
    const { record, written } = tiers.put('a', makeEntry(1));
    expect(tiers.peek('a')).to.equal(record);
    expect(behind.get('a')).to.equal(undefined);
    await clock.advanceAsync(10);
    await written;
    expect(behind.get('a')?.value).to.equal(1);
  });

  it('drops from both tiers, from memory at once', async () => {
    const { tiers, behind, chaos, clock } = makeTiers();
    await tiers.put('a', makeEntry(1)).written;
    behind.set('b', makeEntry(2));
    chaos.delay(10, 'delete');
    const dropped = tiers.drop('a');
    expect(tiers.peek('a')).to.equal(undefined);
    await clock.advanceAsync(10);
    expect(await dropped).to.equal(true);
    expect(behind.get('a')).to.equal(undefined);
    chaos.release();
    expect(await tiers.drop('b')).to.equal(true);
    expect(await tiers.drop('b')).to.equal(false);
  });

  it('clears both tiers', async () => {
    const { tiers, behind } = makeTiers();
    await tiers.put('a', makeEntry(1)).written;
    await tiers.clear();
    expect(tiers.peek('a')).to.equal(undefined);
    expect(behind.get('a')).to.equal(undefined);
  });

  for (const [what, older, newer] of [
    ['a later place in the log', { position: 3, createdAt: 9_000 }, { position: 4, createdAt: 1_000 }],
    ['a later beginning at the same place', { position: 3, createdAt: 1_000 }, { position: 3, createdAt: 2_000 }],
    [
      'a later beginning under another log',
      { epoch: 'x', position: 9, createdAt: 1_000 },
      { position: 1, createdAt: 2_000 },
    ],
  ] as const) {
    it(`never replaces a newer entry in memory by a promotion: newer means ${what}`, async () => {
      const { tiers, chaos, clock, memory, behind } = makeTiers();
      behind.set('a', makeEntry('older', older));
      chaos.delay(10, 'get');
      const fetched = Promise.resolve(tiers.fetch('a'));
      memory.put('a', makeEntry('newer', newer));
      await clock.advanceAsync(10);
      expect((await fetched)?.entry.value).to.equal('newer');
      expect(tiers.peek('a')?.entry.value).to.equal('newer');
    });

    it(`replaces an older entry in memory by a promotion: newer means ${what}`, async () => {
      const { tiers, memory, behind } = makeTiers();
      behind.set('a', makeEntry('newer', newer));
      memory.put('a', makeEntry('older', older));
      expect((await tiers.fetch('a'))?.entry.value).to.equal('newer');
      expect(tiers.peek('a')?.entry.value).to.equal('newer');
    });
  }

  it('keeps the record that memory has when behind it lies the same entry', async () => {
    const { tiers } = makeTiers();
    const { record, written } = tiers.put('a', makeEntry(1));
    await written;
    expect(await tiers.fetch('a')).to.equal(record);
    expect(record?.isLive).to.equal(true);
  });

  it('works through the tier behind alone when memory is off', async () => {
    const { tiers, behind } = makeTiers({ hasMemory: false });
    const { record, written } = tiers.put('a', makeEntry(1));
    await written;
    expect(record).to.equal(undefined);
    expect(tiers.peek('a')).to.equal(undefined);
    const fetched = await tiers.fetch('a');
    expect(fetched?.entry.value).to.equal(1);
    expect(fetched?.isLive).to.equal(false);
    expect((await tiers.fetchMany(['a'])).map((each) => each?.entry.value)).to.deep.equal([1]);
    expect(await tiers.drop('a')).to.equal(true);
    expect(behind.get('a')).to.equal(undefined);
  });

  it('answers an entry too large for memory from behind it', async () => {
    const { tiers, memory } = makeTiers({ maxBytes: 2_000 });
    const { record, written } = tiers.put('a', makeEntry('large', { size: 5_000 }));
    await written;
    expect(record).to.equal(undefined);
    expect((await tiers.fetch('a'))?.entry.value).to.equal('large');
    expect(memory.stats().entries).to.equal(0);
  });

  it('answers at once, with no promise, when nothing lies behind the memory', () => {
    const tiers = new TieredStore({ memory: new MemoryStore(), store: new NullStore() });
    expect(tiers.hasStore).to.equal(false);
    expect(tiers.fetch('a')).to.equal(undefined);
    expect(tiers.fetchMany(['a'])).to.deep.equal([undefined]);
    expect(tiers.put('a', makeEntry(1)).written).to.equal(undefined);
    expect(tiers.drop('a')).to.equal(true);
    expect(tiers.clear()).to.equal(undefined);
  });

  it('keeps nothing when both tiers are off', async () => {
    const tiers = new TieredStore({ memory: new NullStore(), store: new NullStore() });
    tiers.put('a', makeEntry(1));
    expect(await tiers.get('a')).to.equal(undefined);
    expect(tiers.fetch('a')).to.equal(undefined);
  });

  it('serves from memory while the tier behind is down', async () => {
    const { tiers, chaos } = makeTiers();
    await tiers.put('a', makeEntry(1)).written;
    chaos.fail(new Error('down'));
    expect((await tiers.get('a'))?.value).to.equal(1);
    expect(await tiers.fetch('b')).to.equal(undefined);
    await tiers.put('c', makeEntry(3)).written;
    expect(tiers.peek('c')?.entry.value).to.equal(3);
  });

  it('adds up what both tiers hold', async () => {
    const { tiers, memory } = makeTiers();
    for (const key of ['a', 'b', 'c']) await tiers.put(key, makeEntry(key)).written;
    memory.drop('a');
    expect((await tiers.keys('', 10)).toSorted()).to.deep.equal(['a', 'b', 'c']);
    expect(await tiers.keys('', 2)).to.have.length(2);
    expect((await tiers.stats()).entries).to.equal(3);
  });

  it('closes the tier behind and holds nothing in memory', async () => {
    const { tiers, chaos, memory } = makeTiers();
    await tiers.put('a', makeEntry(1)).written;
    await tiers.close();
    await tiers.close();
    expect(chaos.count('close')).to.equal(1);
    expect(memory.stats().entries).to.equal(0);
  });
});
