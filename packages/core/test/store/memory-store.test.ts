import { expect } from 'chai';
import * as fc from 'fast-check';
import { LRUCache } from 'lru-cache';
import { InvalidOptionError } from '#src/base/errors.js';
import type { DropReason } from '#src/store/memory-record.js';
import type { MemoryStoreOptions } from '#src/store/memory-store.js';
import { MemoryStore, RECORD_OVERHEAD_BYTES } from '#src/store/memory-store.js';
import { FakeClock } from '#src/testing/fake-clock.js';
import { makeEntry } from './make-entry.js';

/** An LRU store with room for `entries` entries of 100 bytes under keys of one character. */
function makeStore(entries: number, options: MemoryStoreOptions = {}) {
  const clock = new FakeClock();
  const drops: [string, DropReason][] = [];
  const maxBytes = entries * (RECORD_OVERHEAD_BYTES + 101);
  const store = new MemoryStore({
    maxBytes,
    policy: 'lru',
    clock,
    onDrop: ({ key }, reason) => drops.push([key, reason]),
    ...options,
  });
  return { store, clock, drops, keys: () => [...store.records()].map(({ key }) => key).toSorted() };
}

describe('MemoryStore', () => {
  it('drops the record used longest ago when its bytes are full', () => {
    const { store, drops, keys } = makeStore(3);
    for (const key of ['a', 'b', 'c']) store.put(key, makeEntry(key));
    store.record('a');
    store.put('d', makeEntry('d'));
    expect(keys()).to.deep.equal(['a', 'c', 'd']);
    expect(drops).to.deep.equal([['b', 'evicted']]);
    expect(store.stats()).to.deep.equal({ entries: 3, bytes: 3 * (RECORD_OVERHEAD_BYTES + 101), evictions: 1 });
  });

  it('does not count a peek as a use', () => {
    const { store, keys } = makeStore(2);
    store.put('a', makeEntry(1));
    store.put('b', makeEntry(2));
    expect(store.peekRecord('a')?.entry.value).to.equal(1);
    store.put('c', makeEntry(3));
    expect(keys()).to.deep.equal(['b', 'c']);
  });

  it('lets callers who kept a record mark its use, and ignores those whose record is gone', () => {
    const { store, keys } = makeStore(2);
    const a = store.put('a', makeEntry(1))!;
    store.put('b', makeEntry(2));
    store.touch(a);
    store.put('c', makeEntry(3));
    expect(keys()).to.deep.equal(['a', 'c']);
    store.drop('a');
    store.touch(a);
    store.put('d', makeEntry(4));
    store.put('e', makeEntry(5));
    expect(keys()).to.deep.equal(['d', 'e']);
  });

  it('bounds the number of entries, too', () => {
    const { store, keys } = makeStore(10, { maxEntries: 2 });
    for (const key of ['a', 'b', 'c']) store.put(key, makeEntry(key));
    expect(keys()).to.deep.equal(['b', 'c']);
  });

  it('tells who else keeps a record, once, when it lets it go', () => {
    const { store } = makeStore(10);
    const released: unknown[] = [];
    const held = store.put('a', makeEntry(1))!;
    held.holder = { release: (record) => released.push([record.key, record.place]) };
    held.place = 'here';
    store.put('a', makeEntry(2));
    store.drop('a');
    expect(released).to.deep.equal([['a', 'here']]);
    expect(held).to.include({ holder: undefined, place: undefined });
  });

  it('tells the holder of a record that it was replaced, dropped, evicted or cleared away', () => {
    const { store, drops } = makeStore(2);
    const first = store.put('a', makeEntry(1))!;
    first.promise = Promise.resolve(1);
    first.attachment = 'head';
    const second = store.put('a', makeEntry(2))!;
    expect(first).to.include({ isLive: false, promise: undefined, attachment: undefined });
    expect(second.isLive).to.equal(true);
    store.put('b', makeEntry(3));
    store.put('c', makeEntry(4));
    expect(second.isLive).to.equal(false);
    expect(store.drop('b')).to.equal(true);
    expect(store.drop('b')).to.equal(false);
    const last = store.record('c')!;
    store.clear();
    expect(last.isLive).to.equal(false);
    expect(store.record('c')).to.equal(undefined);
    expect(store.stats()).to.include({ entries: 0, bytes: 0 });
    expect(drops).to.deep.equal([
      ['a', 'replaced'],
      ['a', 'evicted'],
      ['b', 'deleted'],
      ['c', 'deleted'],
    ]);
  });

  it('gives up the room of a replaced value', () => {
    const { store } = makeStore(4);
    store.put('a', makeEntry('long', { size: 600 }));
    store.put('a', makeEntry('short', { size: 100 }));
    expect(store.stats().bytes).to.equal(RECORD_OVERHEAD_BYTES + 101);
  });

  it('refuses what is larger than an entry may be, and forgets what it would have replaced', () => {
    const { store, drops } = makeStore(4, { maxEntryFraction: 0.5 });
    store.put('a', makeEntry('small'));
    store.put('b', makeEntry('stays'));
    expect(store.put('a', makeEntry('large', { size: 3 * (RECORD_OVERHEAD_BYTES + 101) }))).to.equal(undefined);
    expect(store.record('a')).to.equal(undefined);
    expect(store.record('b')?.isLive).to.equal(true);
    expect(drops).to.deep.equal([['a', 'replaced']]);
    expect(store.put('c', makeEntry('endless', { size: Infinity }))).to.equal(undefined);
  });

  it('keeps its sum right whatever size an entry claims', () => {
    const { store } = makeStore(4);
    for (const size of [NaN, -5, 0.3]) store.put('a', makeEntry('odd', { size }));
    expect(store.stats().bytes).to.equal(RECORD_OVERHEAD_BYTES + 2);
    store.drop('a');
    expect(store.stats().bytes).to.equal(0);
  });

  it('answers an entry until its last window ends, and keeps the record until a sweep finds it', () => {
    const { store, clock, drops } = makeStore(4);
    store.put(
      'a',
      makeEntry(1, { freshUntil: clock.now() + 10, staleUntil: clock.now() + 20, errorUntil: clock.now() + 30 }),
    );
    store.put('b', makeEntry(2));
    clock.advance(29);
    expect(store.get('a')?.value).to.equal(1);
    expect(store.keys('', 10)).to.deep.equal(['a', 'b']);
    clock.advance(1);
    expect(store.get('a')).to.equal(undefined);
    expect(store.keys('', 10)).to.deep.equal(['b']);
    expect(store.record('a')?.entry.value).to.equal(1);
    expect(store.sweep(Infinity)).to.equal(1);
    expect(store.record('a')).to.equal(undefined);
    expect(drops).to.deep.equal([['a', 'expired']]);
  });

  it('finds expired records in small steps while others come in, with no timer', () => {
    const { store, clock } = makeStore(1_000);
    for (let i = 0; i < 100; i++) store.put(`old${i}`, makeEntry(i, { freshUntil: clock.now() + 5 }));
    clock.advance(5);
    for (let i = 0; i < 100; i++) store.put(`new${i}`, makeEntry(i));
    expect(store.keys('', 1_000).length).to.equal(100);
    expect(store.stats().entries).to.equal(100);
    expect(clock.pendingTimers).to.equal(0);
  });

  it('goes on sweeping where it stopped and looks at every record in one unlimited sweep', () => {
    const { store, clock } = makeStore(100);
    for (const key of ['a', 'b', 'c', 'd']) store.put(key, makeEntry(key, { freshUntil: clock.now() + 5 }));
    clock.advance(5);
    expect(store.sweep(1)).to.equal(1);
    expect(store.sweep(2)).to.equal(2);
    store.put('e', makeEntry('e'));
    store.put('f', makeEntry('f', { freshUntil: clock.now() }));
    store.sweep(1);
    store.sweep(Infinity);
    expect([...store.records()].map(({ key }) => key)).to.deep.equal(['e']);
  });

  it('takes any text as a key', () => {
    const { store } = makeStore(1_000);
    const keys = ['', '__proto__', 'constructor', 'a\nb', '\u0000', '💥\ud800', 'x'.repeat(10_000)];
    for (const key of keys) store.put(key, makeEntry(key));
    for (const key of keys) expect(store.record(key)?.entry.value).to.equal(key);
  });

  it('lists keys by prefix up to a limit', () => {
    const { store } = makeStore(10);
    for (const key of ['user:1', 'user:2', 'user:3', 'post:1']) store.put(key, makeEntry(key));
    expect(store.keys('user:', 2)).to.deep.equal(['user:1', 'user:2']);
    expect(store.keys('', 10).length).to.equal(4);
  });

  it('allows dropping while iterating', () => {
    const { store } = makeStore(10);
    for (const key of ['a', 'b', 'c']) store.put(key, makeEntry(key));
    for (const { key } of store.records()) store.drop(key);
    expect(store.stats().entries).to.equal(0);
  });

  it('holds nothing after close', async () => {
    const { store } = makeStore(10);
    store.put('a', makeEntry(1));
    await store.close();
    expect(store.stats()).to.include({ entries: 0, bytes: 0 });
  });

  it('refuses options that cannot be, naming field and value', () => {
    const refusals: [MemoryStoreOptions, string][] = [
      [{ maxBytes: 0 }, "memory.maxBytes must be a number of bytes above 0 (or text such as '64mb'), got 0"],
      [{ maxBytes: '64 mib' }, 'memory.maxBytes must be'],
      [{ maxEntries: 0 }, 'memory.maxEntries must be a number from 1'],
      [{ maxEntryFraction: 1.5 }, 'memory.maxEntryFraction must be a number above 0 up to 1, got 1.5'],
      [
        { policy: 'mru' as never },
        'memory.policy must be one of "s3fifo", "tinylfu", "adaptive", "lru", "lfu", "fifo", "ttl", "gdsf", got "mru"',
      ],
      [{ maxByte: 5 } as never, 'memory.maxByte is not an option (known: maxBytes, '],
    ];
    for (const [options, message] of refusals) {
      expect(() => new MemoryStore(options), message).to.throw(InvalidOptionError, message);
    }
  });

  it('evicts exactly as lru-cache does and never exceeds its bounds', () => {
    const key = fc.constantFrom(...'abcdefghij'.split(''));
    const put = fc.record({ do: fc.constant('put' as const), key, size: fc.integer({ min: 0, max: 900 }) });
    const use = fc.record({ do: fc.constantFrom('record' as const, 'peek' as const, 'touch' as const), key });
    const drop = fc.record({ do: fc.constant('drop' as const), key });
    const clear = fc.record({ do: fc.constant('clear' as const) });
    const step = fc.oneof(
      { arbitrary: put, weight: 20 },
      { arbitrary: use, weight: 20 },
      { arbitrary: drop, weight: 4 },
      { arbitrary: clear, weight: 1 },
    );
    const bounds = fc.record({
      maxBytes: fc.integer({ min: 1, max: 6_000 }),
      maxEntries: fc.integer({ min: 1, max: 8 }),
    });
    fc.assert(
      fc.property(bounds, fc.array(step, { size: 'max', maxLength: 200 }), ({ maxBytes, maxEntries }, steps) => {
        const store = new MemoryStore({ maxBytes, maxEntries, policy: 'lru' });
        const oracle = new LRUCache<string, number>({ maxSize: maxBytes, max: maxEntries });
        for (const each of steps) {
          if (each.do === 'put') {
            store.put(each.key, makeEntry(each.size, { size: each.size }));
            oracle.set(each.key, each.size, { size: each.size + 1 + RECORD_OVERHEAD_BYTES });
          } else if (each.do === 'record') {
            expect(store.record(each.key)?.entry.value).to.equal(oracle.get(each.key));
          } else if (each.do === 'peek') {
            expect(store.peekRecord(each.key)?.entry.value).to.equal(oracle.peek(each.key));
          } else if (each.do === 'touch') {
            const record = store.peekRecord(each.key);
            if (record !== undefined) store.touch(record);
            oracle.get(each.key);
          } else if (each.do === 'drop') {
            expect(store.drop(each.key)).to.equal(oracle.delete(each.key));
          } else {
            store.clear();
            oracle.clear();
          }
          const { entries, bytes } = store.stats();
          if (bytes! > maxBytes || entries! > maxEntries) throw new Error(`${bytes} bytes in ${entries} entries`);
          if (bytes !== oracle.calculatedSize) throw new Error(`${bytes} bytes instead of ${oracle.calculatedSize}`);
          const held = [...store.records()].map((record) => record.key).toSorted();
          if (held.join() !== [...oracle.keys()].toSorted().join()) throw new Error(`holds ${held.join()}`);
        }
      }),
      { numRuns: 100 },
    );
  });
});
