import { expect } from 'chai';
import fc from 'fast-check';
import type { Targets } from '#src/invalidation/target.js';
import { FakeClock } from '#src/testing/fake-clock.js';
import { createCache } from '#src/engine/create-cache.js';
import { PausedLoader } from '#src/testing/race-kit.js';
import { settle } from './make-cache.js';

/**
 * Random interleavings of calls, invalidations, soft expiry, time and loads that end or fail, held against a model that is as
 * simple as the promise: the source of truth has a version per key, each change of it is followed by an invalidation, and each
 * answer remembers what it may be.
 */
const KEYS = ['user:1', 'user:2', 'post:1'] as const;
type Key = (typeof KEYS)[number];
const OPTIONS = {
  ttl: 10,
  staleWhileRevalidate: 20,
  staleIfError: 30,
  tags: (value: string) => [`tag:${value.split('@')[0]}`],
} as const;

type Step =
  | { do: 'call'; key: Key }
  | { do: 'change'; key: Key; by: 'key' | 'tag' | 'prefix' | 'all' }
  | { do: 'expire'; key: Key }
  | { do: 'finish'; pick: number; fails: boolean }
  | { do: 'wait'; seconds: number };

const key = fc.constantFrom(...KEYS);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('call' as const), key }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('change' as const),
      key,
      by: fc.constantFrom('key' as const, 'tag' as const, 'prefix' as const, 'all' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('expire' as const), key }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('finish' as const), pick: fc.nat(), fails: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 40 }) }) },
);

/** One run: the cache, the truth, and every answer that is still owed. */
class Run {
  readonly clock = new FakeClock();
  readonly cache = createCache({ clock: this.clock });
  readonly truth = new Map<string, number>(KEYS.map((name) => [name, 0]));
  readonly loaders = new Map(KEYS.map((name) => [name, new PausedLoader<string>()]));
  readonly open: { key: Key; index: number; version: number }[] = [];
  readonly answers: Promise<void>[] = [];
  settledCalls = 0;

  async take(action: Step): Promise<void> {
    switch (action.do) {
      case 'call':
        return this.call(action.key);
      case 'change':
        return this.change(action.key, action.by);
      case 'expire':
        return this.cache.expire(action.key);
      case 'finish':
        return this.finish(action.pick, action.fails);
      case 'wait':
        this.clock.advance(action.seconds * 1000);
    }
  }

  call(name: Key): void {
    const notBefore = this.truth.get(name)!;
    const loader = this.loaders.get(name)!;
    const callsBefore = loader.calls.length;
    // Of several loads of a key only the youngest can be shared: what came between made the others unfit.
    const youngest = this.open.find((load) => load.key === name && load.index === callsBefore - 1);
    const running = youngest?.version === notBefore;
    const answer = this.cache.getOrLoad(name, loader.load, OPTIONS);
    const begun = loader.calls.length - callsBefore;
    expect(begun, 'one call begins at most one load').to.be.at.most(1);
    if (begun === 1) this.open.push({ key: name, index: callsBefore, version: notBefore });
    if (running && !this.tagChanged.has(name)) expect(begun, 'a load that may be shared is shared').to.equal(0);
    this.tagChanged.delete(name);
    this.answers.push(
      answer.then(
        (value) => {
          this.settledCalls++;
          const version = Number(value.split('@')[1]);
          expect(version, `${name} was changed before the call`).to.be.at.least(notBefore);
        },
        (error: unknown) => {
          this.settledCalls++;
          expect((error as Error).message).to.equal('failed');
        },
      ),
    );
  }

  /** Keys whose running load newcomers may have to leave alone, because a tag was invalidated while its tags were unknown. */
  readonly tagChanged = new Set<Key>();

  async change(name: Key, by: 'key' | 'tag' | 'prefix' | 'all'): Promise<void> {
    const concerned = KEYS.filter(
      (other) => by === 'all' || other === name || (by === 'prefix' && other.startsWith(name.split(':')[0]!)),
    );
    for (const other of concerned) this.truth.set(other, this.truth.get(other)! + 1);
    if (by === 'tag') for (const other of KEYS) this.tagChanged.add(other);
    const target: Targets =
      by === 'key'
        ? name
        : by === 'tag'
          ? { tag: `tag:${name}` }
          : by === 'all'
            ? { all: true }
            : { prefix: name.split(':')[0]! };
    await this.cache.invalidate(target);
    // An expire or a tag that came earlier may have parted the running loads; after a change they are older than the truth.
    for (const other of concerned) this.tagChanged.delete(other);
  }

  async finish(pick: number, fails: boolean): Promise<void> {
    if (this.open.length === 0) return;
    const [load] = this.open.splice(pick % this.open.length, 1);
    const loader = this.loaders.get(load!.key)!;
    if (fails) loader.fail(load!.index, new Error('failed'));
    else loader.finish(load!.index, `${load!.key}@${load!.version}`);
    await settle();
  }
}

describe('the cache, under random interleavings', function () {
  // Many runs: on a busy machine they take their time.
  this.timeout(60_000);

  it('never answers with a value from before an invalidation, loses no waiter, and runs one load per key', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
        const run = new Run();
        for (const action of steps) {
          if (action.do === 'expire') run.tagChanged.add(action.key);
          await run.take(action);
        }
        while (run.open.length > 0) await run.finish(0, false);
        await Promise.all(run.answers);
        expect(run.settledCalls).to.equal(run.answers.length);
        await run.cache.close();
      }),
      { numRuns: 200 },
    );
  });
});
