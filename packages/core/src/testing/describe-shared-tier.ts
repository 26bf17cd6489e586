import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../base/clock.js';
import { systemClock } from '../base/clock.js';
import type { SharedTier, TierSource } from '../engine/shared-tier.js';
import type { CacheEntry } from '../entry/cache-entry.js';
import type { LogRecord, LogState } from '../invalidation/invalidation-log.js';
import { EventBus } from '../telemetry/event-bus.js';

/** A medium under test: every source stands for a process of its own. */
export interface SharedTierUnderTest {
  /** A way to the medium, as another process would have it. */
  readonly source: () => TierSource;
  /** Called after each test, after the tiers were closed. */
  readonly cleanUp?: () => unknown;
}

/** How {@link describeSharedTier} runs. */
export interface DescribeSharedTierOptions {
  /**
   * The clock that the medium measures leases by. Give a FakeClock, and the suite moves it instead of waiting.
   * @defaultValue the process's clock
   */
  clock?: Clock & { advance?(ms: number): void };
}

/** The part of mocha's globals that the suite needs. */
interface Runner {
  describe(title: string, body: () => void): void;
  it(title: string, body: () => Promise<void>): void;
  afterEach(body: () => Promise<void>): void;
}

/** A tier opened as one process would, and what its log has told. */
interface Process extends SharedTier {
  readonly records: LogRecord[];
  readonly restarts: { state: LogState; reason: string }[];
}

const LEASE_MS = 150;
const PATIENCE_MS = 5_000;

/**
 * A mocha suite of what every tier promises that several processes share; see `LeasingStore` and `InvalidationLog`. Beside it run
 * `describeCacheStore` on its store.
 *
 * @param make - makes an empty medium; called once for every test
 */
export function describeSharedTier(
  name: string,
  make: () => Promise<SharedTierUnderTest> | SharedTierUnderTest,
  options: DescribeSharedTierOptions = {},
): void {
  const runner = globalThis as unknown as Runner;
  const clock: Clock & { advance?(ms: number): void } = options.clock ?? systemClock;
  const opened: SharedTier[] = [];
  const made: SharedTierUnderTest[] = [];

  const makeMedium = async (): Promise<{ open: (cache?: string) => Promise<Process> }> => {
    const medium = await make();
    made.push(medium);
    return {
      open: async (cache = 'app') => {
        const user = { name: cache, clock, random: () => 0.5, events: new EventBus() };
        const tier = medium.source().open(user);
        opened.push(tier);
        const records: LogRecord[] = [];
        const restarts: Process['restarts'] = [];
        tier.log.subscribe({
          onRecord: (record) => void records.push(record),
          onRestart: ({ markers, ...state }, reason) => {
            restarts.push({ state: { ...state, markers: [...markers] }, reason });
          },
        });
        await until(() => tier.store.get('is it there?'));
        return { ...tier, records, restarts };
      },
    };
  };

  const entryOf = (tier: SharedTier, value: unknown, position = tier.log.position): CacheEntry => {
    const now = clock.now();
    const times = { createdAt: now, freshUntil: now + 60_000, staleUntil: 0, errorUntil: 0, keepUntil: 0, loadMs: 1 };
    const place = { epoch: tier.log.epoch, position };
    return { value, ...times, isError: false, tags: [], parent: undefined, ...place, size: 10 };
  };
  const invalidate = (tier: SharedTier, key: string): unknown =>
    tier.log.append({ markers: [{ kind: 'key', name: key }], soft: false, at: clock.now(), by: 'a test' });
  const lease = { leaseMs: LEASE_MS, replaces: false };
  const take = async (tier: SharedTier, key: string, leaseMs = 60_000): Promise<string> => {
    const acquired = await tier.store.acquire(key, { leaseMs, replaces: false });
    assert.equal(acquired.word, 'lease');
    return (acquired as { token: string }).token;
  };
  const pass = async (ms: number): Promise<void> => {
    if (clock.advance === undefined) await pause(ms);
    else clock.advance(ms);
  };

  runner.describe(`${name} as a shared tier`, () => {
    runner.afterEach(async () => {
      for (const { store, log } of opened.splice(0)) {
        await store.close();
        await log.close();
      }
      for (const { cleanUp } of made.splice(0)) await cleanUp?.();
    });

    runner.it('gives the lease of what is missing to one process, and tells the others how long it lasts', async () => {
      const { open } = await makeMedium();
      const [one, other] = [await open(), await open()];
      await take(one, 'k');
      const second = await other.store.acquire('k', lease);
      assert.equal(second.word, 'taken');
      assert.ok(second.word === 'taken' && second.remainingMs > 0 && second.remainingMs <= 60_000);
      assert.equal((await one.store.acquire('k', lease)).word, 'taken');
    });

    runner.it('answers what one process filled to the others, without a lease', async () => {
      const { open } = await makeMedium();
      const [one, other] = [await open(), await open()];
      const token = await take(one, 'k');
      assert.equal(await one.store.fill('k', token, entryOf(one, { deep: ['value', 1n] })), true);
      const found = await other.store.acquire('k', lease);
      assert.equal(found.word, 'entry');
      assert.deepEqual(found.word === 'entry' && found.entry.value, { deep: ['value', 1n] });
    });

    runner.it('gives the lease of what is stored where that is to be replaced, and shows it', async () => {
      const { open } = await makeMedium();
      const [one, other] = [await open(), await open()];
      await one.store.set('k', entryOf(one, 'stale'));
      const mine = await one.store.acquire('k', { leaseMs: 60_000, replaces: true });
      const theirs = await other.store.acquire('k', { leaseMs: 60_000, replaces: true });
      assert.equal(mine.word, 'lease');
      assert.equal(theirs.word, 'taken');
      assert.equal(mine.entry?.value, 'stale');
      assert.equal(theirs.entry?.value, 'stale');
    });

    runner.it('refuses a fill whose lease has ended, and leaves what is stored by the next one', async () => {
      const { open } = await makeMedium();
      const [one, other] = [await open(), await open()];
      const late = await take(one, 'k', LEASE_MS);
      await pass(LEASE_MS + 50);
      const token = await take(other, 'k');
      assert.equal(await one.store.fill('k', late, entryOf(one, 'late')), false);
      assert.equal(await one.store.renew('k', late, 60_000), false);
      assert.equal(await one.store.release('k', late), false);
      assert.equal(await other.store.fill('k', token, entryOf(other, 'in time')), true);
      assert.equal(await one.store.fill('k', late, entryOf(one, 'too late')), false);
      assert.equal((await one.store.get('k'))?.value, 'in time');
    });

    runner.it('lets a lease last that is renewed, and gives one away that was given back', async () => {
      const { open } = await makeMedium();
      const [one, other] = [await open(), await open()];
      const token = await take(one, 'k', LEASE_MS);
      assert.equal(await one.store.renew('k', token, 60_000), true);
      await pass(LEASE_MS + 50);
      assert.equal((await other.store.acquire('k', lease)).word, 'taken');
      assert.equal(await one.store.release('k', token), true);
      assert.equal((await other.store.acquire('k', lease)).word, 'lease');
    });

    runner.it('wakes those who wait for a lease when it is used, and when it is given back', async () => {
      const { open } = await makeMedium();
      const [one, other] = [await open(), await open()];
      for (const end of ['fill', 'release'] as const) {
        const token = await take(one, end);
        const woken = other.store.ended(end, 60_000);
        // Waiting begins before the lease ends.
        await other.store.get(end);
        if (end === 'fill') await one.store.fill(end, token, entryOf(one, 'value'));
        else await one.store.release(end, token);
        await soon(woken);
      }
    });

    runner.it('ends the wait after the given time where nothing is heard', async () => {
      const { open } = await makeMedium();
      const one = await open();
      await take(one, 'k');
      const woken = one.store.ended('k', 30);
      await pass(31);
      await soon(woken);
    });

    runner.it('does not put an older value over a newer one of the same log', async () => {
      const { open } = await makeMedium();
      const [one, other] = [await open(), await open()];
      const before = one.log.position;
      await invalidate(one, 'other');
      const token = await take(other, 'k');
      await one.store.set('k', entryOf(one, 'newer'));
      await one.store.set('k', entryOf(one, 'older', before));
      assert.equal((await other.store.get('k'))?.value, 'newer');
      await other.store.fill('k', token, entryOf(other, 'older', before));
      assert.equal((await other.store.get('k'))?.value, 'newer');
    });

    runner.it('numbers the records of all processes without gaps', async () => {
      const { open } = await makeMedium();
      const [one, other] = [await open(), await open()];
      await Promise.all(Array.from({ length: 40 }, (_, i) => invalidate(i % 2 === 0 ? one : other, `k${i}`)));
      await Promise.all([one.store.get('x'), other.store.get('x')]);
      for (const { records } of [one, other]) {
        const seqs = [...new Set(records.map(({ seq }) => seq))].sort((a, b) => a - b);
        assert.equal(seqs.length, 40);
        assert.equal(seqs[39]! - seqs[0]!, 39);
      }
    });

    runner.it('has told its own listeners of a record when append resolves', async () => {
      const { open } = await makeMedium();
      const one = await open();
      const { seq } = await one.log.append({ markers: [{ kind: 'tag', name: 't' }], soft: true, at: 7, reason: 'why' });
      assert.equal(one.log.position, seq);
      const told = one.records.find((record) => record.seq === seq);
      assert.deepEqual(told?.markers, [{ kind: 'tag', name: 't' }]);
      assert.deepEqual([told?.soft, told?.at, told?.reason], [true, 7, 'why']);
    });

    for (const read of ['get', 'getMany', 'acquire'] as const) {
      runner.it(`has told its listeners of what others appended before ${read} began when it answers`, async () => {
        const { open } = await makeMedium();
        const [one, other] = [await open(), await open()];
        for (let round = 0; round < 50; round++) {
          const { seq } = await one.log.append({ markers: [{ kind: 'all', name: '' }], soft: false, at: 1 });
          if (read === 'get') await other.store.get('k');
          else if (read === 'getMany') await other.store.getMany(['k', 'l']);
          else await other.store.acquire('k', lease);
          assert.ok(other.log.position >= seq, `round ${round}: ${other.log.position} < ${seq}`);
          assert.equal(other.records.at(-1)?.seq, seq);
        }
      });
    }

    runner.it('tells listeners of what others append, though nothing is read', async () => {
      const { open } = await makeMedium();
      const [one, other] = [await open(), await open()];
      const { seq } = await one.log.append({ markers: [{ kind: 'prefix', name: 'p:' }], soft: false, at: 1 });
      await until(() => (other.log.position >= seq ? true : Promise.reject(new Error('not heard'))));
      assert.deepEqual(other.records.at(-1)?.markers, [{ kind: 'prefix', name: 'p:' }]);
    });

    runner.it('tells one who joins later what was invalidated before, newest places last', async () => {
      const { open } = await makeMedium();
      const one = await open();
      const at = 1_234;
      await one.log.append({ markers: [{ kind: 'tag', name: 'hard' }], soft: false, at });
      const { seq: soft } = await one.log.append({ markers: [{ kind: 'tag', name: 'soft' }], soft: true, at });
      const { seq: hard } = await one.log.append({ markers: [{ kind: 'tag', name: 'hard' }], soft: false, at });
      const later = await open();
      const { state } = later.restarts.at(-1)!;
      assert.equal(state.epoch, one.log.epoch);
      assert.ok(state.position >= hard);
      assert.deepEqual(
        [...state.markers].map(({ marker, ...places }) => [marker.name, places]),
        [
          ['soft', { hard: 0, soft, softAt: at }],
          ['hard', { hard, soft: 0, softAt: 0 }],
        ],
      );
      assert.ok(state.floor <= one.log.position - 3, `floor ${state.floor}`);
    });

    runner.it('keeps caches of different names apart: entries, leases and logs', async () => {
      const { open } = await makeMedium();
      const [one, other] = [await open('one'), await open('other')];
      await one.store.set('k', entryOf(one, 'of one'));
      await take(one, 'l');
      await invalidate(one, 'k');
      assert.equal(await other.store.get('k'), undefined);
      assert.equal((await other.store.acquire('l', lease)).word, 'lease');
      assert.equal(other.records.length, 0);
    });

    runner.it(
      'remembers the newest records for the audit, newest first, without those of values that were set',
      async () => {
        const { open } = await makeMedium();
        const one = await open();
        await invalidate(one, 'first');
        await one.log.append({ markers: [{ kind: 'key', name: 'set' }], soft: false, at: 1, isSet: true });
        await invalidate(one, 'second');
        const names = one.log.recent(10).map(({ markers, by }) => [markers[0]?.name, by]);
        assert.deepEqual(names, [
          ['second', 'a test'],
          ['first', 'a test'],
        ]);
        assert.equal(one.log.recent(1).length, 1);
        assert.equal(one.log.recent(0).length, 0);
      },
    );
  });
}

/** Tries until it does not fail: a medium may need a moment to be joined. */
async function until(attempt: () => unknown): Promise<void> {
  const deadline = systemClock.now() + PATIENCE_MS;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (systemClock.now() > deadline) throw error;
      await pause(5);
    }
  }
}

async function soon(promise: Promise<void>): Promise<void> {
  const timedOut = pause(PATIENCE_MS, 'late', { ref: false });
  assert.notEqual(await Promise.race([promise, timedOut]), 'late', 'nobody was woken');
}
