import type { Capacity, Evictable } from '#src/store/eviction/eviction-policy.js';
import { FrequencySketch } from '#src/store/eviction/frequency-sketch.js';
import { hashKey } from '#src/store/eviction/hash-key.js';
import type { EvictionPolicyName } from '#src/store/eviction/make-eviction-policy.js';

/** A policy told as plainly as it can be: lists that are searched, copied and sorted. */
export interface PolicyModel {
  add(record: Evictable): void;
  replace(record: Evictable): void;
  touch(key: string): void;
  remove(key: string): void;
  evict(now: number): string | undefined;
}

/** Oldest first. */
type Queue = Evictable[];

const bytesOf = (queue: Queue): number => queue.reduce((sum, { size }) => sum + size, 0);

function takeOut(queue: Queue, key: string): Evictable | undefined {
  const index = queue.findIndex((record) => record.key === key);
  return index < 0 ? undefined : queue.splice(index, 1)[0];
}

function putInPlace(queues: Queue[], record: Evictable): void {
  for (const queue of queues) {
    const index = queue.findIndex(({ key }) => key === record.key);
    if (index >= 0) queue[index] = record;
  }
}

function queueModel(renewedByUse: boolean): PolicyModel {
  const queue: Queue = [];
  const touch = (key: string): void => {
    if (renewedByUse) queue.push(takeOut(queue, key)!);
  };
  return {
    add: (record) => void queue.push(record),
    replace(record) {
      putInPlace([queue], record);
      touch(record.key);
    },
    touch,
    remove: (key) => void takeOut(queue, key),
    evict: () => queue.shift()?.key,
  };
}

interface Ranked {
  record: Evictable;
  uses: number;
  agedAt: number;
  rank: number;
  rankedAt: number;
}

/** Lowest rank first, and of equal ranks the one that got it first. `rankOf` says what a record's rank is now. */
function rankModel(rankOf: (ranked: Ranked) => number, { agesByRank = false, counts = false } = {}): PolicyModel {
  let held: Ranked[] = [];
  let age = 0;
  let rankings = 0;
  const rank = (ranked: Ranked): void => {
    ranked.rank = rankOf(ranked);
    ranked.rankedAt = ++rankings;
  };
  const find = (key: string): Ranked => held.find(({ record }) => record.key === key)!;
  const remove = (key: string): void => void (held = held.filter(({ record }) => record.key !== key));
  return {
    add(record) {
      const ranked = { record, uses: 1, agedAt: age, rank: 0, rankedAt: 0 };
      rank(ranked);
      held.push(ranked);
    },
    replace(record) {
      const ranked = find(record.key);
      ranked.record = record;
      if (rankOf(ranked) !== ranked.rank) rank(ranked);
    },
    touch(key) {
      if (!counts) return;
      const ranked = find(key);
      ranked.uses++;
      ranked.agedAt = age;
      rank(ranked);
    },
    remove,
    evict() {
      const [first] = held.toSorted((a, b) => a.rank - b.rank || a.rankedAt - b.rankedAt);
      if (first === undefined) return undefined;
      if (agesByRank) age = Math.max(age, first.rank);
      remove(first.record.key);
      return first.record.key;
    },
  };
}

function s3fifoModel({ maxBytes, maxEntries }: Capacity): PolicyModel {
  const small: Queue = [];
  const main: Queue = [];
  const uses = new Map<string, number>();
  /** Keys that left the small queue, by when they did, counted in such departures. */
  const ghosts = new Map<string, number>();
  let departures = 0;
  const span = (): number => Math.ceil((small.length + main.length) * 0.9);
  const isSmallFull = (): boolean =>
    main.length === 0 ||
    small.length >= Math.max(1, Math.floor(maxEntries / 10)) ||
    (small.length > 0 && bytesOf(small) >= maxBytes * 0.1);
  return {
    add(record) {
      const leftAt = ghosts.get(record.key);
      ghosts.delete(record.key);
      const isKnown = leftAt !== undefined && departures - leftAt < span();
      (isKnown ? main : small).push(record);
      uses.set(record.key, 0);
    },
    replace: (record) => putInPlace([small, main], record),
    touch: (key) => void uses.set(key, Math.min(3, uses.get(key)! + 1)),
    remove: (key) => void (takeOut(small, key) ?? takeOut(main, key)),
    evict(now) {
      for (;;) {
        const isSmall = isSmallFull();
        const record = (isSmall ? small : main).shift();
        if (record === undefined) return undefined;
        const { key } = record;
        const used = uses.get(key)!;
        if (now >= record.expiresAt || used < (isSmall ? 2 : 1)) {
          if (isSmall) ghosts.set(key, ++departures);
          return key;
        }
        uses.set(key, isSmall ? 0 : used - 1);
        main.push(record);
      }
    },
  };
}

function tinyLfuModel({ maxBytes, maxEntries }: Capacity): PolicyModel {
  const window: Queue = [];
  const probation: Queue = [];
  const protectedOnes: Queue = [];
  const sketch = new FrequencySketch();
  if (maxEntries !== Infinity) sketch.reserve(maxEntries);
  const windowEntries = Math.max(1, Math.round(maxEntries * 0.2));
  const mainEntries = maxEntries - windowEntries;
  const all = (): Queue => [...window, ...probation, ...protectedOnes];
  /** Requests by key that the sketch has not been told of. */
  const untold = new Map<string, number>();
  let counted = 0;
  let halvedAt = 0;
  const tell = (key: string): void => {
    sketch.count(hashKey(key), untold.get(key) ?? 0);
    untold.delete(key);
  };
  const estimate = (key: string): number => {
    tell(key);
    return sketch.estimate(hashKey(key));
  };
  const count = (key: string): void => {
    untold.set(key, Math.min(15, (untold.get(key) ?? 0) + 1));
    counted++;
    if (counted < halvedAt) return;
    for (const [each, times] of untold) untold.set(each, times >> 1);
    sketch.halve();
    counted >>= 1;
  };
  const shrinkWindow = (): void => {
    while (window.length > windowEntries || bytesOf(window) > maxBytes * 0.2) {
      const main = [...probation, ...protectedOnes];
      if (main.length >= mainEntries || bytesOf(main) + window[0]!.size > maxBytes * 0.8) return;
      probation.push(window.shift()!);
    }
  };
  const isWorthMore = (candidate: Evictable, victim: Evictable, now: number): boolean => {
    if (now >= victim.expiresAt) return true;
    if (now >= candidate.expiresAt) return false;
    return estimate(candidate.key) > estimate(victim.key);
  };
  return {
    add(record) {
      window.push(record);
      const held = all();
      halvedAt = 20 * Math.max(held.length, Math.min(maxEntries, (held.length * maxBytes) / bytesOf(held)));
      count(record.key);
      shrinkWindow();
    },
    replace: (record) => putInPlace([window, probation, protectedOnes], record),
    touch(key) {
      count(key);
      const onProbation = takeOut(probation, key);
      if (onProbation === undefined) {
        const queue = window.some((record) => record.key === key) ? window : protectedOnes;
        queue.push(takeOut(queue, key)!);
        return;
      }
      protectedOnes.push(onProbation);
      while (protectedOnes.length > Math.floor(mainEntries * 0.8) || bytesOf(protectedOnes) > maxBytes * 0.8 * 0.8) {
        probation.push(protectedOnes.shift()!);
      }
    },
    remove(key) {
      tell(key);
      takeOut(window, key) ?? takeOut(probation, key) ?? takeOut(protectedOnes, key);
    },
    evict(now) {
      const main = probation.length > 0 ? probation : protectedOnes;
      const [victim] = main;
      const [candidate] = window;
      const leave = (queue: Queue): string | undefined => {
        const key = queue.shift()?.key;
        if (key !== undefined) tell(key);
        return key;
      };
      if (victim === undefined) return leave(window);
      const isWindowFull = window.length >= windowEntries || bytesOf(window) >= maxBytes * 0.2;
      if (candidate === undefined || !isWindowFull) return leave(main);
      if (!isWorthMore(candidate, victim, now)) return leave(window);
      leave(main);
      shrinkWindow();
      return victim.key;
    },
  };
}

/** The model of each policy. */
export const MODELS: Record<EvictionPolicyName, (capacity: Capacity) => PolicyModel> = {
  lru: () => queueModel(true),
  fifo: () => queueModel(false),
  ttl: () => rankModel(({ record }) => record.expiresAt),
  lfu: () => rankModel(({ uses, agedAt }) => agedAt + uses, { agesByRank: true, counts: true }),
  gdsf: () => rankModel(({ uses, agedAt, record }) => agedAt + uses / record.size, { agesByRank: true, counts: true }),
  s3fifo: s3fifoModel,
  tinylfu: tinyLfuModel,
};
