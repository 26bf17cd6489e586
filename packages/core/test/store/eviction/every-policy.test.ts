import { expect } from 'chai';
import * as fc from 'fast-check';
import type { Capacity, Evictable } from '#src/store/eviction/eviction-policy.js';
import type { EvictionPolicyName } from '#src/store/eviction/make-eviction-policy.js';
import { EVICTION_POLICIES, makeEvictionPolicy } from '#src/store/eviction/make-eviction-policy.js';
import { makeRecord } from './make-record.js';
import { MODELS } from './policy-models.js';

const LIMITLESS: Capacity = { maxBytes: Number.MAX_SAFE_INTEGER, maxEntries: Infinity };

/** What a store does with a policy, and nothing else: records by key, and room made before one comes in. */
class Harness {
  readonly records = new Map<string, Evictable>();
  readonly left: string[] = [];
  now = 0;
  readonly #policy;
  readonly #capacity: Capacity;

  constructor(name: EvictionPolicyName, capacity: Capacity) {
    this.#policy = makeEvictionPolicy('policy', name, capacity);
    this.#capacity = capacity;
  }

  get bytes(): number {
    return [...this.records.values()].reduce((sum, { size }) => sum + size, 0);
  }

  put(key: string, size: number, expiresAt: number): void {
    const record = makeRecord(key, { size, expiresAt });
    const old = this.records.get(key);
    if (old === undefined) {
      this.#makeRoom(size, 1);
      this.#policy.add(record);
    } else {
      this.#policy.replace(old, record);
      expect(old.slot).to.equal(0);
    }
    this.records.set(key, record);
    this.#makeRoom(0, 0);
  }

  use(key: string): boolean {
    const record = this.records.get(key);
    if (record !== undefined) this.#policy.touch(record);
    return record !== undefined;
  }

  drop(key: string): boolean {
    const record = this.records.get(key);
    if (record === undefined) return false;
    this.#policy.remove(record);
    expect(record.slot).to.equal(0);
    return this.records.delete(key);
  }

  clear(): void {
    this.records.clear();
    this.#policy.clear();
  }

  /** Evicts one record; whether there was one. */
  evict(): boolean {
    const victim = this.#policy.evict(this.now);
    if (victim === undefined) return false;
    expect(this.records.get(victim.key), 'a victim that is held').to.equal(victim);
    expect(victim.slot).to.equal(0);
    this.records.delete(victim.key);
    this.left.push(victim.key);
    return true;
  }

  #makeRoom(bytes: number, entries: number): void {
    const { maxBytes, maxEntries } = this.#capacity;
    while (this.bytes + bytes > maxBytes || this.records.size + entries > maxEntries) {
      expect(this.evict(), 'somebody leaves while there is too much').to.equal(true);
    }
  }
}

const KEYS = 'abcdefghijklmnop'.split('');
const key = fc.constantFrom(...KEYS);
const put = fc.record({
  do: fc.constant('put' as const),
  key,
  size: fc.integer({ min: 60, max: 200 }),
  ttl: fc.constantFrom(3, 20, Infinity),
});
const steps = fc.array(
  fc.oneof(
    { arbitrary: put, weight: 20 },
    { arbitrary: fc.record({ do: fc.constant('use' as const), key }), weight: 24 },
    { arbitrary: fc.record({ do: fc.constant('drop' as const), key }), weight: 2 },
    { arbitrary: fc.record({ do: fc.constant('wait' as const) }), weight: 6 },
  ),
  { size: 'max', maxLength: 200 },
);
/** At most eight records fit, so that the ghosts, which may forget early when they are many, forget none. */
const capacities = fc.oneof(
  fc.record({ maxBytes: fc.constant(Number.MAX_SAFE_INTEGER), maxEntries: fc.integer({ min: 1, max: 8 }) }),
  fc.record({ maxBytes: fc.integer({ min: 200, max: 530 }), maxEntries: fc.constant(Infinity) }),
  fc.record({ maxBytes: fc.integer({ min: 200, max: 1000 }), maxEntries: fc.integer({ min: 1, max: 8 }) }),
);

describe('every eviction policy', () => {
  for (const name of EVICTION_POLICIES) {
    describe(name, () => {
      it('evicts what its model evicts, in the same order', () => {
        fc.assert(
          fc.property(capacities, steps, (capacity, all) => {
            const model = MODELS[name](capacity);
            const harness = new Harness(name, capacity);
            let seen = 0;
            const follow = (): void => {
              // The model is asked as often as the policy was, at the same moments.
              for (; seen < harness.left.length; seen++) expect(model.evict(harness.now)).to.equal(harness.left[seen]);
            };
            for (const step of all) {
              if (step.do === 'put') {
                const isNew = !harness.records.has(step.key);
                const record = makeRecord(step.key, { size: step.size, expiresAt: harness.now + step.ttl });
                if (!isNew) model.replace(record);
                harness.put(step.key, step.size, harness.now + step.ttl);
                follow();
                if (isNew) model.add(record);
              } else if (step.do === 'use') {
                if (harness.use(step.key)) model.touch(step.key);
              } else if (step.do === 'drop') {
                if (harness.drop(step.key)) model.remove(step.key);
              } else {
                harness.now++;
              }
            }
            while (harness.evict());
            follow();
            expect(model.evict(harness.now)).to.equal(undefined);
          }),
          { numRuns: 100 },
        );
      });

      it('has every record in exactly one place, whatever came before', () => {
        const withClear = fc.array(steps, { minLength: 1, maxLength: 2 });
        fc.assert(
          fc.property(capacities, withClear, (capacity, rounds) => {
            const harness = new Harness(name, capacity);
            for (const round of rounds) {
              harness.clear();
              for (const step of round) {
                if (step.do === 'put') harness.put(step.key, step.size, harness.now + step.ttl);
                if (step.do === 'use') harness.use(step.key);
                if (step.do === 'drop') harness.drop(step.key);
                if (step.do === 'wait') harness.now++;
                const slots = [...harness.records.values()].map(({ slot }) => slot);
                expect(new Set(slots).size).to.equal(harness.records.size);
                expect(slots).not.to.include(0);
              }
            }
            const held = [...harness.records.keys()].toSorted();
            harness.left.length = 0;
            while (harness.evict());
            expect(harness.left.toSorted()).to.deep.equal(held);
            expect(harness.records.size).to.equal(0);
          }),
          { numRuns: 25 },
        );
      });

      it('keeps its order while its arrays grow', () => {
        const harness = new Harness(name, { ...LIMITLESS, maxEntries: 1000 });
        for (let index = 0; index < 5000; index++) {
          harness.put(`key ${index}`, 1, index);
          if (index % 3 === 0) harness.use(`key ${index - 500}`);
        }
        expect(harness.records.size).to.equal(1000);
        expect(new Set([...harness.records.values()].map(({ slot }) => slot)).size).to.equal(1000);
      });

      it('allocates nothing in touch', () => {
        const policy = makeEvictionPolicy('policy', name, { ...LIMITLESS, maxEntries: 1000 });
        const records = Array.from({ length: 1000 }, (_, index) => makeRecord(`key ${index}`));
        for (const record of records) policy.add(record);
        const round = (): void => {
          for (const record of records) policy.touch(record);
        };
        for (let warming = 0; warming < 2000; warming++) round();
        // One number kept as an object would take 12 bytes or more a touch, 120 kB a sample.
        const grown = Array.from({ length: 25 }, () => {
          const before = process.memoryUsage().heapUsed;
          for (let times = 0; times < 10; times++) round();
          return process.memoryUsage().heapUsed - before;
        });
        expect(grown.toSorted((a, b) => a - b)[12]).to.be.below(40_000);
      });
    });
  }
});
