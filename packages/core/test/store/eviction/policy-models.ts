import type { Capacity, Evictable } from '#src/store/eviction/eviction-policy.js';
import { FrequencySketch } from '#src/store/eviction/frequency-sketch.js';
import { hashKey } from '#src/store/eviction/hash-key.js';
import type { EvictionPolicyName } from '#src/store/eviction/make-eviction-policy.js';
import { MiniatureCaches } from '#src/store/eviction/miniature-caches.js';

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

/** Earliest expiry first, and of equals the one that came first; a new expiry is a new arrival. */
function ttlModel(): PolicyModel {
  const queue: Queue = [];
  return {
    add: (record) => void queue.push(record),
    replace(record) {
      const { expiresAt } = queue.find(({ key }) => key === record.key)!;
      if (expiresAt === record.expiresAt) putInPlace([queue], record);
      else queue.push((takeOut(queue, record.key), record));
    },
    touch: () => undefined,
    remove: (key) => void takeOut(queue, key),
    evict() {
      const [first] = queue.toSorted((a, b) => (a.expiresAt === b.expiresAt ? 0 : a.expiresAt - b.expiresAt));
      return first && takeOut(queue, first.key)?.key;
    },
  };
}

interface Ranked {
  record: Evictable;
  /** As far as they were looked at, and since. */
  uses: number;
  newUses: number;
  /** What it adds to the age, and the sum of both when it was ranked last. */
  worth: number;
  rank: number;
}

/**
 * Lowest rank first; of equal ranks the one that is worth less where `worthFirst`, then the one that was ranked first. Who was used
 * since is ranked anew, from the rank at which it was met. `worthOf` says what uses of a record are worth.
 */
function rankModel(worthOf: (uses: number, record: Evictable) => number, worthFirst: boolean): PolicyModel {
  /** In the order of their ranking. */
  let held: Ranked[] = [];
  let age = 0;
  const find = (key: string): Ranked => held.find(({ record }) => record.key === key)!;
  const remove = (key: string): void => void (held = held.filter(({ record }) => record.key !== key));
  const rank = (record: Evictable, uses: number, newUses = 0): void => {
    const worth = worthOf(uses, record);
    held.push({ record, uses, newUses, worth, rank: age + worth });
  };
  return {
    add: (record) => rank(record, 1),
    replace(record) {
      const { uses, newUses, worth } = find(record.key);
      if (worthOf(uses, record) === worth) {
        find(record.key).record = record;
        return;
      }
      remove(record.key);
      rank(record, uses, newUses);
    },
    touch(key) {
      const ranked = find(key);
      ranked.newUses = Math.min(15, ranked.newUses + 1);
    },
    remove,
    evict(now) {
      for (;;) {
        const [first] = held.toSorted((a, b) => a.rank - b.rank || (worthFirst ? a.worth - b.worth : 0));
        if (first === undefined) return undefined;
        const { record, uses, newUses } = first;
        age = first.rank;
        remove(record.key);
        if (newUses === 0 || now >= record.expiresAt) return record.key;
        rank(record, Math.min(63, uses + newUses));
      }
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

interface TinyLfuModel extends PolicyModel {
  divide(windowShare: number): void;
  fitting(): number;
}

function tinyLfuModel({ maxBytes, maxEntries }: Capacity): TinyLfuModel {
  const window: Queue = [];
  const probation: Queue = [];
  const protectedOnes: Queue = [];
  const sketch = new FrequencySketch();
  if (maxEntries !== Infinity) sketch.reserve(maxEntries);
  let share = 0.2;
  const windowEntries = (): number => Math.max(1, Math.round(maxEntries * share));
  const mainEntries = (): number => (maxEntries === Infinity ? Infinity : maxEntries - windowEntries());
  /** Uses by key since it was looked at. */
  const uses = new Map<string, number>();
  let told = 0;
  let halvedAt = 0;
  const fitting = (): number => {
    const held = [...window, ...probation, ...protectedOnes];
    return held.length && Math.max(held.length, Math.min(maxEntries, (held.length * maxBytes) / bytesOf(held)));
  };
  const tell = (key: string, times: number): void => {
    sketch.count(hashKey(key), times);
    uses.set(key, 0);
    told += times;
    if (times === 0 || told < halvedAt) return;
    halvedAt = 20 * fitting();
    if (told < halvedAt) return;
    sketch.halve();
    told >>= 1;
  };
  /** The request that brought a record is told when it leaves the window. */
  const leave = (queue: Queue, record: Evictable): string => {
    tell(record.key, uses.get(record.key)! + (queue === window ? 1 : 0));
    takeOut(queue, record.key);
    return record.key;
  };
  const renew = (queue: Queue): void => {
    tell(queue[0]!.key, uses.get(queue[0]!.key)!);
    queue.push(queue.shift()!);
  };
  const pass = (from: Queue, to: Queue): void => {
    const [record] = from;
    leave(from, record!);
    to.push(record!);
  };
  const shrinkWindow = (): void => {
    while (window.length > windowEntries() || bytesOf(window) > maxBytes * share) {
      const main = [...probation, ...protectedOnes];
      if (main.length >= mainEntries() || bytesOf(main) + window[0]!.size > maxBytes * (1 - share)) return;
      if (uses.get(window[0]!.key)! > 0) renew(window);
      else pass(window, probation);
    }
  };
  const shrinkProtected = (): void => {
    while (
      protectedOnes.length > Math.floor(mainEntries() * 0.8) ||
      bytesOf(protectedOnes) > maxBytes * (1 - share) * 0.8
    ) {
      if (uses.get(protectedOnes[0]!.key)! > 0) renew(protectedOnes);
      else pass(protectedOnes, probation);
    }
  };
  const isToStay = (record: Evictable | undefined, now: number): boolean =>
    record !== undefined && uses.get(record.key)! > 0 && now < record.expiresAt;
  return {
    divide: (windowShare) => void (share = windowShare),
    fitting,
    add(record) {
      uses.set(record.key, 0);
      window.push(record);
      shrinkWindow();
    },
    replace: (record) => putInPlace([window, probation, protectedOnes], record),
    touch: (key) => void uses.set(key, Math.min(15, uses.get(key)! + 1)),
    remove(key) {
      for (const queue of [window, probation, protectedOnes]) {
        const record = queue.find((each) => each.key === key);
        if (record !== undefined) leave(queue, record);
      }
    },
    evict(now) {
      const isWindowFull = (): boolean => window.length >= windowEntries() || bytesOf(window) >= maxBytes * share;
      while (isWindowFull() && isToStay(window[0], now)) renew(window);
      const candidate = isWindowFull() ? window[0] : undefined;
      while (isToStay(probation[0] ?? protectedOnes[0], now)) {
        if (probation.length === 0) {
          renew(protectedOnes);
        } else {
          pass(probation, protectedOnes);
          shrinkProtected();
        }
      }
      const main = probation.length > 0 ? probation : protectedOnes;
      const [victim] = main;
      if (victim === undefined) return window[0] && leave(window, window[0]);
      if (candidate === undefined || now >= victim.expiresAt) return leave(main, victim);
      const estimates = [candidate, victim].map(({ key }) => sketch.estimate(hashKey(key)));
      const isWorthMore = now < candidate.expiresAt && estimates[0]! + 1 > estimates[1]!;
      return isWorthMore ? leave(main, victim) : leave(window, candidate);
    },
  };
}

/** What the miniatures say is taken as it is: they have a test of their own. At most 16 records fit, so that all are in the sample. */
function adaptiveModel(capacity: Capacity): PolicyModel {
  const SHARES = [0.02, 0.2, 0.5, 0.98];
  const tinyLfu = tinyLfuModel(capacity);
  const miniatures = new MiniatureCaches(SHARES, 512);
  miniatures.resize(capacity.maxEntries === Infinity ? 1 : capacity.maxEntries);
  let chosen = 1;
  let requests = 0;
  const request = (key: string): void => {
    miniatures.request(hashKey(key));
    if (++requests % 16 !== 0) return;
    const hits = SHARES.map((_, index) => miniatures.hitsOf(index));
    const most = Math.max(...hits);
    if (most - hits[chosen]! > Math.sqrt(most)) tinyLfu.divide(SHARES[(chosen = hits.indexOf(most))]!);
    miniatures.fadeHits(0.985);
    miniatures.resize(Math.max(1, Math.floor(tinyLfu.fitting())));
  };
  return {
    ...tinyLfu,
    add(record) {
      tinyLfu.add(record);
      request(record.key);
    },
    touch(key) {
      tinyLfu.touch(key);
      request(key);
    },
  };
}

/** The model of each policy. */
export const MODELS: Record<EvictionPolicyName, (capacity: Capacity) => PolicyModel> = {
  lru: () => queueModel(true),
  fifo: () => queueModel(false),
  ttl: ttlModel,
  lfu: () => rankModel((uses) => uses, false),
  gdsf: () => rankModel((uses, { size }) => 2 ** (Math.round(2 * Math.log2(uses / size)) / 2), true),
  s3fifo: s3fifoModel,
  tinylfu: tinyLfuModel,
  adaptive: adaptiveModel,
};
