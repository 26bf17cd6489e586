import { expect } from 'chai';
import type { CacheEntry } from '#src/entry/cache-entry.js';
import type { CacheStore } from '#src/store/cache-store.js';
import { MemoryStore } from '#src/store/memory-store.js';
import type { DescribeCacheStoreOptions } from '#src/testing/describe-cache-store.js';
import { describeCacheStore } from '#src/testing/describe-cache-store.js';
import { FakeClock } from '#src/testing/fake-clock.js';
import { SerializingStore } from '../store/serializing-store.js';

const RUNNER = ['describe', 'it', 'afterEach'] as const;

/** Runs the suite outside mocha and answers the titles of the tests that failed. */
async function failuresOf(make: () => CacheStore, options: DescribeCacheStoreOptions): Promise<string[]> {
  const tests: [string, () => Promise<void>][] = [];
  const cleanUps: (() => Promise<void>)[] = [];
  const globals = globalThis as Record<string, unknown>;
  const own = RUNNER.map((name) => [name, globals[name]] as const);
  Object.assign(globals, {
    describe: (_title: string, body: () => void) => body(),
    it: (title: string, body: () => Promise<void>) => tests.push([title, body]),
    afterEach: (body: () => Promise<void>) => cleanUps.push(body),
  });
  describeCacheStore('store', () => ({ store: make() }), options);
  Object.assign(globals, Object.fromEntries(own));

  const failures: string[] = [];
  for (const [title, body] of tests) {
    await body().catch(() => failures.push(title));
    for (const cleanUp of cleanUps) await cleanUp();
  }
  return failures;
}

class BrokenStore extends MemoryStore {
  constructor(changes: Partial<CacheStore>, clock: FakeClock) {
    super({ clock });
    Object.assign(this, changes);
  }
}

/** What is wrong with a store, and a test of the suite that must find it. */
const FAULTS: [string, (store: MemoryStore) => Partial<CacheStore>, string][] = [
  [
    'loses tags',
    (store) => ({ set: (key, entry) => store.set(key, { ...entry, tags: [] }) }),
    'every part of an entry',
  ],
  [
    'keeps the first',
    (store) => ({ set: (key, entry) => (store.peekRecord(key) ? undefined : store.set(key, entry)) }),
    'replaces',
  ],
  [
    'goes through JSON',
    (store) => ({
      set: (key, entry) =>
        store.set(key, {
          ...entry,
          value: JSON.parse(
            JSON.stringify({ v: entry.value }, (_, v: unknown) => (typeof v === 'bigint' ? String(v) : v)),
          ).v as unknown,
        }),
    }),
    'gives back a Date as it was',
  ],
  [
    'ignores case',
    (store) => ({
      get: (key) => store.get(key.toLowerCase()),
      set: (key, entry) => store.set(key.toLowerCase(), entry),
    }),
    'awkward keys',
  ],
  [
    'answers only what is there',
    (store) => ({ getMany: (keys) => store.getMany(keys).filter((entry) => entry !== undefined) }),
    'in the order asked',
  ],
  ['never forgets', () => ({ clear: () => undefined }), 'forgets everything on clear'],
  [
    'says nothing was deleted',
    (store) => ({ delete: (key) => void store.delete(key) as never }),
    'says whether a deletion',
  ],
  [
    'lists by substring',
    (store) => ({
      keys: (prefix, limit) =>
        store
          .keys('', 1_000)
          .filter((key) => key.includes(prefix))
          .slice(0, limit),
    }),
    'taken literally',
  ],
  ['knows no limit', (store) => ({ keys: (prefix) => store.keys(prefix, Infinity) }), 'up to a limit'],
  ['serves the dead', (store) => ({ get: (key) => store.peekRecord(key)?.entry }), 'does not answer an entry past'],
  [
    'drops the stale',
    (store) => ({
      get: (key) =>
        ((entry?: CacheEntry) => (entry && entry.freshUntil > Date.UTC(2026, 0, 1) ? entry : undefined))(
          store.get(key),
        ),
    }),
    'within any window',
  ],
  [
    'cuts large values',
    (store) => ({ set: (key, entry) => (entry.size > 10_000 ? undefined : store.set(key, entry)) }),
    'a large value whole',
  ],
];

describe('describeCacheStore', () => {
  it('passes a store that obeys', async () => {
    const clock = new FakeClock();
    expect(await failuresOf(() => new MemoryStore({ clock }), { clock })).to.deep.equal([]);
  });

  for (const [fault, change, title] of FAULTS) {
    it(`finds a store that ${fault}`, async () => {
      const clock = new FakeClock();
      const make = (): CacheStore => {
        const good = new MemoryStore({ clock });
        return new BrokenStore(bindAll(good, change(good)), clock);
      };
      expect((await failuresOf(make, { clock })).join('\n')).to.include(title);
    });
  }

  it('finds a store that believes spoilt bytes', async () => {
    const clock = new FakeClock();
    class Credulous extends SerializingStore {
      override async get(key: string): Promise<CacheEntry | undefined> {
        const entry = await super.get(key);
        return entry ?? (this.bytes.has(key) ? ({ value: 'whatever' } as CacheEntry) : undefined);
      }
    }
    const failures = await failuresOf(() => new Credulous(clock), {
      clock,
      corrupt: (store, key, spoil) => {
        const { bytes } = store as SerializingStore;
        bytes.set(key, spoil(bytes.get(key)!));
      },
    });
    expect(failures.filter((title) => title.startsWith('treats an entry as absent')).length).to.equal(8);
  });
});

/** Every method of the good store but those that were changed. */
function bindAll(good: MemoryStore, changes: Partial<CacheStore>): Partial<CacheStore> {
  return {
    get: (key) => good.get(key),
    getMany: (keys) => good.getMany(keys),
    set: (key, entry) => good.set(key, entry),
    delete: (key) => good.delete(key),
    clear: () => good.clear(),
    keys: (prefix, limit) => good.keys(prefix, limit),
    stats: () => good.stats(),
    ...changes,
  };
}
