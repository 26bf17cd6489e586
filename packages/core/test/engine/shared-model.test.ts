import { expect } from 'chai';
import fc from 'fast-check';
import type { Targets } from '#src/invalidation/target.js';
import { Deferred } from '#src/testing/race-kit.js';
import { settle } from './make-cache.js';
import { makeNodes } from './make-nodes.js';

/**
 * Several processes on one shared tier under random interleavings of calls, changes, time, loads that end or fail, processes that cannot
 * reach the tier or hear nothing, and a tier that loses everything; held against a model: the truth has a version per key, and each
 * process knows of some: of its own changes at once, of others' as soon as both reach the tier. No answer to a call that began later may
 * be older than what its process knew then.
 */
const KEYS = ['user:1', 'user:2', 'post:1'] as const;
type Key = (typeof KEYS)[number];
const NODES = 3;

type Step =
  | { do: 'call'; node: number; key: Key }
  | { do: 'change'; node: number; key: Key; by: 'key' | 'tag' | 'prefix' | 'all' }
  | { do: 'finish'; pick: number; fails: boolean }
  | { do: 'wait'; ms: number }
  | { do: 'away' | 'deaf'; node: number; is: boolean }
  | { do: 'flush' };

const node = fc.nat(NODES - 1);
const key = fc.constantFrom(...KEYS);
const by = fc.constantFrom('key' as const, 'tag' as const, 'prefix' as const, 'all' as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 7, arbitrary: fc.record({ do: fc.constant('call' as const), node, key }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('change' as const), node, key, by }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('finish' as const), pick: fc.nat(), fails: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 40_000 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('away' as const, 'deaf' as const), node, is: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'flush' as const }) },
);
const steps = fc.array(step, { minLength: 1, maxLength: 60 });

class Run {
  readonly world = makeNodes(NODES, { defaults: { ttl: 10, staleWhileRevalidate: 20, staleIfError: 30 } });
  readonly truth = versions();
  /** What has arrived at the tier. */
  readonly delivered = versions();
  readonly known = Array.from({ length: NODES }, versions);
  readonly open: { result: Deferred<string>; value: string }[] = [];
  owed = 0;
  readonly faults: string[] = [];

  async take(action: Step): Promise<void> {
    switch (action.do) {
      case 'call':
        this.call(action.node, action.key);
        break;
      case 'change':
        await this.change(action.node, action.key, action.by);
        break;
      case 'finish':
        if (this.open.length > 0) this.finish(action.pick % this.open.length, action.fails);
        break;
      case 'wait':
        await this.world.clock.advanceAsync(action.ms);
        break;
      case 'flush':
        this.world.medium.flush();
        break;
      default:
        this.world.nodes[action.node]!.way[action.do === 'away' ? 'isAway' : 'isDeaf'] = action.is;
        this.exchange();
    }
    await settle();
  }

  call(index: number, name: Key): void {
    const notBefore = this.known[index]!.get(name)!;
    this.owed++;
    const load = (): Promise<string> => {
      const result = new Deferred<string>();
      this.open.push({ result, value: `${this.truth.get(name)}` });
      return result.promise;
    };
    this.world.nodes[index]!.cache.getOrLoad(name, load, { tags: (value) => [`tag:${name}`, `v:${value}`] }).then(
      (value) => {
        this.owed--;
        if (Number(value) < notBefore) this.faults.push(`process ${index} got ${name}@${value} after ${notBefore}`);
      },
      (error: unknown) => {
        this.owed--;
        const { message } = error as Error;
        if (message !== 'failed') this.faults.push(message);
      },
    );
  }

  async change(index: number, name: Key, how: 'key' | 'tag' | 'prefix' | 'all'): Promise<void> {
    const [prefix] = name.split(':');
    const concerned = KEYS.filter(
      (other) => how === 'all' || other === name || (how === 'prefix' && other.startsWith(prefix!)),
    );
    for (const other of concerned) this.truth.set(other, this.truth.get(other)! + 1);
    const target: Targets = {
      key: name,
      tag: { tag: `tag:${name}` },
      prefix: { prefix: `${prefix}:` },
      all: { all: true as const },
    }[how];
    await this.world.nodes[index]!.cache.invalidate(target);
    for (const other of concerned) this.known[index]!.set(other, this.truth.get(other)!);
    this.exchange();
  }

  /** Who reaches the tier has brought what it knows; who hears it knows what has arrived. */
  exchange(): void {
    const reach = this.world.nodes.map(({ way }, index) => ({ ...flags(way), known: this.known[index]! }));
    for (const { isAway, known } of reach) if (!isAway) raise(this.delivered, known);
    for (const { isAway, isDeaf, known } of reach) if (!isAway && !isDeaf) raise(known, this.delivered);
  }

  finish(index: number, fails: boolean): void {
    const [{ result, value }] = this.open.splice(index, 1) as [(typeof this.open)[number]];
    if (fails) result.reject(new Error('failed'));
    else result.resolve(value);
  }

  /** Everybody gets an answer in the end. */
  async end(): Promise<void> {
    for (let round = 0; this.owed > 0 && round < 50; round++) {
      while (this.open.length > 0) this.finish(0, false);
      await settle();
      await this.world.clock.advanceAsync(1_000);
    }
  }
}

function versions(): Map<string, number> {
  return new Map(KEYS.map((name) => [name, 0]));
}

function flags({ isAway, isDeaf }: { isAway: boolean; isDeaf: boolean }): { isAway: boolean; isDeaf: boolean } {
  return { isAway, isDeaf };
}

function raise(to: Map<string, number>, from: ReadonlyMap<string, number>): void {
  for (const [name, version] of from) to.set(name, Math.max(to.get(name)!, version));
}

describe('several processes on a shared tier, under random interleavings', () => {
  it('never answer with what they know to be outdated, and leave nobody without an answer', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (actions) => {
        const run = new Run();
        for (const action of actions) await run.take(action);
        await run.end();
        expect(run.faults).to.deep.equal([]);
        expect(run.owed, 'calls without an answer').to.equal(0);
      }),
      { numRuns: Number(process.env['CACHEWARP_RUNS'] ?? 60) },
    );
  }).timeout(120_000);
});
