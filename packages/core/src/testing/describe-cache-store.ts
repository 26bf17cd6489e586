import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../base/clock.js';
import { systemClock } from '../base/clock.js';
import { EncodeError } from '../base/errors.js';
import type { CacheEntry } from '../entry/cache-entry.js';
import type { CacheStore } from '../store/cache-store.js';
import type { Spoil } from './store-samples.js';
import { AWKWARD_KEYS, SPOILERS, VALUES } from './store-samples.js';

/** A store under test, and what the suite may do to it beside its own methods. */
export interface StoreUnderTest {
  readonly store: CacheStore;
  /** Called after each test, after the store was closed: removes directories, stops servers. */
  readonly cleanUp?: () => unknown;
}

/** How {@link describeCacheStore} runs. */
export interface DescribeCacheStoreOptions {
  /**
   * The clock that the store reads. Give a FakeClock, and the suite moves it instead of waiting.
   * @defaultValue the process's clock
   */
  clock?: Clock & { advance?(ms: number): void };
  /**
   * For stores that keep bytes: overwrites those of `key` with what `spoil` makes of them, as a crash or a foreign writer would.
   */
  corrupt?: (store: CacheStore, key: string, spoil: Spoil) => unknown;
  /**
   * The size of the largest value written, in bytes.
   * @defaultValue 1 MiB
   */
  largeValueBytes?: number;
}

/** The part of mocha's globals that the suite needs; those of other runners with the same names do as well. */
interface Runner {
  describe(title: string, body: () => void): void;
  it(title: string, body: () => Promise<void>): void;
  afterEach(body: () => Promise<void>): void;
}

/**
 * A mocha suite of the rules that every {@link CacheStore} obeys. Run it on your own store:
 *
 * @example
 * const clock = new FakeClock();
 * describeCacheStore('MyStore', async () => ({ store: new MyStore({ clock }) }), { clock });
 *
 * @param name - what the suite is called
 * @param make - makes an empty store; the suite closes it. It is called once for every test
 */
export function describeCacheStore(
  name: string,
  make: () => Promise<StoreUnderTest> | StoreUnderTest,
  options: DescribeCacheStoreOptions = {},
): void {
  const runner = globalThis as unknown as Runner;
  const { corrupt, largeValueBytes = 1024 * 1024 } = options;
  const clock: Clock & { advance?(ms: number): void } = options.clock ?? systemClock;

  const made: StoreUnderTest[] = [];
  const makeStore = async (): Promise<StoreUnderTest> => {
    const subject = await make();
    made.push(subject);
    return subject;
  };
  const entryOf = <V>(value: V, parts: Partial<CacheEntry<V>> = {}): CacheEntry<V> => {
    const now = clock.now();
    const times = { createdAt: now, freshUntil: now + 60_000, staleUntil: 0, errorUntil: 0, keepUntil: 0, loadMs: 1.5 };
    const rest = { isError: false, tags: [], parent: undefined, epoch: 'epoch', position: 1, size: 100 };
    return { value, ...times, ...rest, ...parts };
  };

  runner.describe(`${name} as a CacheStore`, () => {
    runner.afterEach(async () => {
      for (const { store, cleanUp } of made.splice(0)) {
        await store.close();
        await cleanUp?.();
      }
    });

    runner.it('answers undefined for what it does not hold', async () => {
      const { store } = await makeStore();
      assert.equal(await store.get('absent'), undefined);
      assert.deepEqual(await store.getMany(['absent', 'absent too']), [undefined, undefined]);
      assert.equal(await store.delete('absent'), false);
    });

    runner.it('gives back every part of an entry', async () => {
      const { store } = await makeStore();
      const now = clock.now();
      const entry = entryOf(
        { id: 1 },
        {
          createdAt: now - 1.25,
          freshUntil: now + 10_000.5,
          staleUntil: now + 20_000,
          errorUntil: now + 30_000,
          keepUntil: now + 40_000,
          loadMs: 0.125,
          tags: ['team:7', 'тег', ''],
          parent: 'GET:/a',
          epoch: 'e-1',
          position: 2 ** 40,
          size: 12,
        },
      );
      await store.set('key', entry);
      assert.deepEqual(await store.get('key'), entry);
    });

    runner.it('keeps entries that are fresh for ever', async () => {
      const { store } = await makeStore();
      await store.set('key', entryOf('ever', { freshUntil: Infinity }));
      assert.deepEqual((await store.get('key'))?.freshUntil, Infinity);
    });

    for (const [what, value] of VALUES) {
      runner.it(`gives back ${what} as it was`, async () => {
        const { store } = await makeStore();
        await store.set('key', entryOf(value));
        const entry = await store.get('key');
        assert.ok(entry !== undefined, 'the entry is gone');
        assert.deepEqual(entry.value, value);
      });
    }

    runner.it('gives back a kept error with its class, message and cause', async () => {
      const { store } = await makeStore();
      const error = new RangeError('out of range', { cause: new Error('below') });
      await store.set('key', entryOf(error, { isError: true }));
      const entry = await store.get('key');
      assert.ok(entry?.isError === true && entry.value instanceof RangeError);
      assert.equal(entry.value.message, 'out of range');
      assert.equal((entry.value.cause as Error).message, 'below');
    });

    runner.it(
      'either keeps a value that has no encoding or refuses it with an EncodeError and leaves what was there',
      async () => {
        const { store } = await makeStore();
        const value = { act: (): number => 1 };
        await store.set('key', entryOf('before'));
        let refusal: unknown;
        try {
          await store.set('key', entryOf(value));
        } catch (error) {
          refusal = error;
        }
        const kept = (await store.get('key'))?.value;
        if (refusal === undefined) return assert.ok(kept === value || kept === 'before', 'something else was kept');
        assert.ok(refusal instanceof EncodeError, 'it was refused with another error');
        assert.equal(kept, 'before');
      },
    );

    runner.it('replaces', async () => {
      const { store } = await makeStore();
      await store.set('key', entryOf({ long: 'x'.repeat(5_000) }, { tags: ['old'] }));
      const replacement = entryOf(2, { tags: ['new'], position: 2 });
      await store.set('key', replacement);
      assert.deepEqual(await store.get('key'), replacement);
      assert.deepEqual(await store.keys('', 10), ['key']);
    });

    runner.it('answers many keys in the order asked, repeated and absent ones included', async () => {
      const { store } = await makeStore();
      for (const key of ['a', 'b', 'c']) await store.set(key, entryOf(`value of ${key}`));
      const entries = await store.getMany(['c', 'absent', 'a', 'c', '__proto__', 'b']);
      assert.deepEqual(
        entries.map((entry) => entry?.value),
        ['value of c', undefined, 'value of a', 'value of c', undefined, 'value of b'],
      );
      assert.deepEqual(await store.getMany([]), []);
    });

    runner.it('says whether a deletion removed something', async () => {
      const { store } = await makeStore();
      await store.set('key', entryOf(undefined));
      assert.equal(await store.delete('key'), true);
      assert.equal(await store.get('key'), undefined);
      assert.equal(await store.delete('key'), false);
    });

    runner.it('forgets everything on clear and takes new entries after it', async () => {
      const { store } = await makeStore();
      for (const key of ['a', 'b']) await store.set(key, entryOf(key));
      await store.clear();
      assert.deepEqual(await store.getMany(['a', 'b']), [undefined, undefined]);
      assert.deepEqual(await store.keys('', 10), []);
      await store.set('a', entryOf('again'));
      assert.equal((await store.get('a'))?.value, 'again');
    });

    runner.it('keeps awkward keys apart', async () => {
      const { store } = await makeStore();
      for (const key of AWKWARD_KEYS) await store.set(key, entryOf(`value of ${key}`));
      for (const key of AWKWARD_KEYS)
        assert.equal((await store.get(key))?.value, `value of ${key}`, JSON.stringify(key));
      const entries = await store.getMany(AWKWARD_KEYS);
      assert.deepEqual(
        entries.map((entry) => entry?.value),
        AWKWARD_KEYS.map((key) => `value of ${key}`),
      );
      assert.deepEqual((await store.keys('', 1_000)).toSorted(), [...AWKWARD_KEYS].toSorted());
      for (const key of AWKWARD_KEYS) assert.equal(await store.delete(key), true, JSON.stringify(key));
      assert.deepEqual(await store.keys('', 1_000), []);
    });

    runner.it('lists keys by their prefix, taken literally, up to a limit', async () => {
      const { store } = await makeStore();
      for (const key of ['user:1', 'user:2', 'user:3', 'users', 'us*r:1', 'a user:4'])
        await store.set(key, entryOf(key));
      assert.deepEqual((await store.keys('user:', 10)).toSorted(), ['user:1', 'user:2', 'user:3']);
      assert.deepEqual(await store.keys('us*', 10), ['us*r:1']);
      assert.equal((await store.keys('', 10)).length, 6);
      const some = await store.keys('user:', 2);
      assert.equal(some.length, 2);
      assert.ok(some.every((key) => key.startsWith('user:')) && some[0] !== some[1]);
      assert.deepEqual(await store.keys('', 0), []);
    });

    runner.it('does not answer an entry past its last window', async () => {
      const { store } = await makeStore();
      const now = clock.now();
      await store.set('past', entryOf(1, { freshUntil: now - 3, staleUntil: now - 2, errorUntil: now - 1 }));
      assert.equal(await store.get('past'), undefined);
      assert.deepEqual(await store.getMany(['past']), [undefined]);
      assert.deepEqual(await store.keys('', 10), []);
    });

    runner.it('answers an entry within any window, however stale', async () => {
      const { store } = await makeStore();
      const now = clock.now();
      const past = { freshUntil: now - 3, staleUntil: 0, errorUntil: 0, keepUntil: 0 };
      for (const window of ['staleUntil', 'errorUntil', 'keepUntil'] as const) {
        await store.set(window, entryOf(window, { ...past, [window]: now + 60_000 }));
        assert.equal((await store.get(window))?.value, window);
      }
    });

    if (clock.advance !== undefined) {
      runner.it('lets an entry end when its time has come', async () => {
        const { store } = await makeStore();
        await store.set('key', entryOf(1, { freshUntil: clock.now() + 50, staleUntil: clock.now() + 100 }));
        await store.set('longer than a timer can be', entryOf(2, { freshUntil: clock.now() + 2 ** 40 }));
        clock.advance?.(99);
        assert.equal((await store.get('key'))?.value, 1);
        clock.advance?.(1);
        assert.equal(await store.get('key'), undefined);
        clock.advance?.(2 ** 32);
        assert.equal((await store.get('longer than a timer can be'))?.value, 2);
      });
    }

    runner.it('gives back a large value whole', async () => {
      const { store } = await makeStore();
      const value = { text: 'ä'.repeat(largeValueBytes / 4), bytes: new Uint8Array(largeValueBytes / 2).fill(7) };
      await store.set('key', entryOf(value, { size: largeValueBytes }));
      // deepEqual would draw the difference of two large values, for seconds.
      assert.ok(
        isDeepStrictEqual((await store.get('key'))?.value, value),
        'it came back as something else, or not at all',
      );
    });

    runner.it('never mixes entries that are written and read at the same time', async () => {
      const { store } = await makeStore();
      const keys = Array.from({ length: 20 }, (_, index) => `key ${index}`);
      const work: Promise<unknown>[] = [];
      for (let round = 0; round < 5; round++) {
        for (const key of keys) {
          work.push(Promise.resolve(store.set(key, entryOf({ key, round, text: textOf(key, round) }))));
          work.push(Promise.resolve(store.get(key)).then((entry) => assertWhole(key, entry)));
        }
        work.push(
          Promise.resolve(store.getMany(keys)).then((many) =>
            many.forEach((entry, at) => assertWhole(keys[at]!, entry)),
          ),
        );
      }
      await Promise.all(work);
      for (const [at, entry] of (await store.getMany(keys)).entries()) {
        assert.ok(entry !== undefined, 'an entry is gone');
        assertWhole(keys[at]!, entry);
        assert.equal((entry.value as { round: number }).round, 4, 'the entry written last is not the one that stayed');
      }
    });

    runner.it('counts what it holds, or says that it does not know', async () => {
      const { store } = await makeStore();
      for (const key of ['a', 'b', 'c']) await store.set(key, entryOf(key));
      await store.delete('b');
      const { entries, bytes, evictions } = await store.stats();
      assert.ok(entries === undefined || entries === 2, `entries: ${entries}`);
      assert.ok(bytes === undefined || bytes > 0, `bytes: ${bytes}`);
      assert.equal(evictions, 0);
    });

    runner.it('can be closed twice', async () => {
      const { store } = await makeStore();
      await store.set('key', entryOf(1));
      await store.close();
      await store.close();
    });

    if (corrupt !== undefined) describeCorruption(corrupt);
  });

  function describeCorruption(spoilEntry: NonNullable<DescribeCacheStoreOptions['corrupt']>): void {
    for (const [what, spoil] of SPOILERS) {
      runner.it(`treats an entry as absent when ${what}`, async () => {
        const { store } = await makeStore();
        await store.set('key', entryOf({ some: 'value', bytes: new Uint8Array(100).fill(3) }));
        await store.set('other', entryOf('untouched'));
        await spoilEntry(store, 'key', spoil);
        assert.equal(await store.get('key'), undefined);
        const [spoiled, other] = await store.getMany(['key', 'other']);
        assert.equal(spoiled, undefined);
        assert.equal(other?.value, 'untouched');
        await store.set('key', entryOf('new'));
        assert.equal((await store.get('key'))?.value, 'new');
      });
    }
  }
}

/** Longer in each round, so that a mixture of two rounds shows. */
function textOf(key: string, round: number): string {
  return `${key} in round ${round} `.repeat(50 * (round + 1));
}

/** Fails for an entry that is another key's, or has parts of two rounds. */
function assertWhole(key: string, entry: CacheEntry | undefined): void {
  if (entry === undefined) return;
  const value = entry.value as { key: string; round: number; text: string };
  assert.equal(value.key, key);
  assert.equal(value.text, textOf(key, value.round), 'parts of two entries');
}
