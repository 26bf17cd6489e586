import { setImmediate as nextTurn } from 'node:timers/promises';
import * as fc from 'fast-check';
import type { CacheEntry } from '#src/entry/cache-entry.js';
import { GuardedStore } from '#src/store/guarded-store.js';
import { MemoryStore } from '#src/store/memory-store.js';
import { ChaosStore } from '#src/testing/chaos-store.js';
import { FakeClock } from '#src/testing/fake-clock.js';
import { makeEntry } from './make-entry.js';

const KEYS = ['a', 'b', 'c', 'd', 'e'];
const OPERATIONS = ['get', 'getMany', 'set', 'delete', 'clear'] as const;

const key = fc.constantFrom(...KEYS);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('set' as const), key }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('get' as const), key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('getMany' as const) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('delete' as const), key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('fail' as const, 'freeze' as const, 'loseAnswers' as const, 'failDeletes' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('release' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('advance' as const),
      ms: fc.constantFrom(1, 50, 100, 1_000, 5_000, 20_000),
    }),
  },
);

/** A guarded store, and what may be read from it: each write has a number, and so has the newest that was deleted. */
class Model {
  readonly clock = new FakeClock();
  readonly inner = new MemoryStore({ clock: this.clock });
  readonly chaos = new ChaosStore(this.inner, this.clock);
  readonly guarded = new GuardedStore(this.chaos, { clock: this.clock, maxQueuedDeletes: 3 });
  readonly #deletedUpTo = new Map<string, number>();
  readonly #pending: Promise<void>[] = [];
  #written = 0;

  async run(each: typeof step extends fc.Arbitrary<infer S> ? S : never): Promise<void> {
    switch (each.do) {
      case 'set':
        this.#start(async () => this.guarded.set(each.key, makeEntry(++this.#written)));
        break;
      case 'get':
        this.#read([each.key], async () => [await this.guarded.get(each.key)]);
        break;
      case 'getMany':
        this.#read(KEYS, async () => this.guarded.getMany(KEYS));
        break;
      case 'delete':
        await this.#delete([each.key], async () => this.guarded.delete(each.key));
        break;
      case 'clear':
        await this.#delete(KEYS, async () => this.guarded.clear());
        break;
      case 'fail':
        this.chaos.fail(new Error('down'), ...OPERATIONS);
        break;
      case 'failDeletes':
        this.chaos.fail(new Error('read-only'), 'delete', 'clear');
        break;
      case 'loseAnswers':
        this.chaos.loseAnswers(new Error('reset'), ...OPERATIONS);
        break;
      case 'freeze':
        this.chaos.freeze(...OPERATIONS);
        break;
      case 'release':
        this.chaos.release();
        break;
      case 'advance':
        await this.clock.advanceAsync(each.ms);
        break;
    }
    await nextTurn();
  }

  /** The store is well again and time passes: every deletion must have arrived, and the store must be in use. */
  async recover(): Promise<void> {
    this.chaos.release();
    await this.clock.advanceAsync(200_000);
    await Promise.all(this.#pending);
    await this.guarded.get('probe');
    if (this.guarded.breakerState !== 'closed') throw new Error(`the breaker is ${this.guarded.breakerState}`);
    for (const each of KEYS) this.#check(each, this.inner.get(each), this.#floor(each), 'is left behind');
    await this.guarded.set('a', makeEntry(++this.#written));
    if ((await this.guarded.get('a'))?.value !== this.#written) throw new Error('the store is not in use again');
  }

  /** Deletions are awaited, as an invalidation is: what is promised is promised to reads that start after it. */
  async #delete(keys: readonly string[], act: () => Promise<unknown>): Promise<void> {
    const upTo = this.#written;
    const deleted = act().then(() => 'in time');
    await this.clock.advanceAsync(100);
    if ((await Promise.race([deleted, nextTurn('late')])) === 'late')
      throw new Error('a deletion outlasted the timeout');
    for (const each of keys) this.#deletedUpTo.set(each, upTo);
  }

  #read(keys: readonly string[], act: () => Promise<readonly (CacheEntry | undefined)[]>): void {
    const floors = keys.map((each) => this.#floor(each));
    this.#start(async () => {
      const entries = await act();
      keys.forEach((each, at) => this.#check(each, entries[at], floors[at]!, 'was read'));
    });
  }

  #check(each: string, entry: CacheEntry | undefined, floor: number, what: string): void {
    const version = entry?.value as number | undefined;
    if (version !== undefined && version <= floor)
      throw new Error(`${each}@${version} ${what}, deleted up to ${floor}`);
  }

  #floor(each: string): number {
    return this.#deletedUpTo.get(each) ?? 0;
  }

  #start(act: () => Promise<void>): void {
    const work = act();
    work.catch(() => undefined);
    this.#pending.push(work);
  }
}

describe('GuardedStore, whatever its store does', () => {
  it('never answers what was deleted before the read began, and delivers every deletion in the end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { size: 'max', maxLength: 60 }), async (steps) => {
        const model = new Model();
        for (const each of steps) await model.run(each);
        await model.recover();
      }),
      { numRuns: 300 },
    );
  });
});
