import { firstAfter, type ChangingObject, type Workload } from './history.js';
import { exponential, poisson, seededRandom } from './random.js';

/** What a run came to, after the warm-up. */
export interface RunResult {
  /** Requests to the origin, as a share of all requests. */
  readonly originLoad: number;
  /** Answers that were already outdated, as a share of all answers. */
  readonly staleShare: number;
}

/** A time between two contacts with the origin. */
interface ContactFacts {
  readonly object: ChangingObject;
  /** When the origin is asked, in s. */
  readonly at: number;
  /** How many changes there have been: the content's version. */
  readonly version: number;
  readonly lastChangeAt: number;
  /** Answers from the cache since the last contact. */
  readonly hits: number;
  readonly lastTtlS: number;
}

/** Chooses a ttl in s when the origin has answered. 0 keeps nothing. */
export type TtlChooser = (contact: ContactFacts) => number;

interface Pending {
  readonly object: ChangingObject;
  next: number;
  hits: number;
  ttlS: number;
}

/**
 * Runs a workload in virtual time, contact by contact in their order. Requests are Poisson, so that the hits of a ttl are a draw from
 * the Poisson distribution, and the request after it comes after an exponential wait; no hit needs to be played by itself. Shares are
 * taken from expectations where they are known, which leaves less to chance: of a time in the cache, the part after the first change.
 *
 * @param warmUp - share of the duration that is not counted
 */
export function runWorkload(workload: Workload, choose: TtlChooser, warmUp: number, seed: number): RunResult {
  const random = seededRandom(seed);
  const { durationS, objects } = workload;
  const countedFrom = durationS * warmUp;
  const queue = new ContactQueue();
  for (const object of objects) {
    const next = exponential(random, 1 / object.requestRate);
    if (next < durationS) queue.push({ object, next, hits: 0, ttlS: 0 });
  }
  let asked = 0;
  let answers = 0;
  let outdated = 0;
  for (let pending = queue.pop(); pending !== undefined; pending = queue.pop()) {
    const { object, next: at } = pending;
    const place = firstAfter(object, at);
    const lastChangeAt = place === 0 ? -object.quietS : object.changes[place - 1]!;
    const ttlS = choose({ object, at, version: place, lastChangeAt, hits: pending.hits, lastTtlS: pending.ttlS });
    const until = Math.min(at + ttlS, durationS);
    if (at >= countedFrom) {
      asked++;
      answers++;
    }
    const from = Math.max(at, countedFrom);
    if (until > from) {
      answers += object.requestRate * (until - from);
      const changesAt = object.changes[place] ?? Infinity;
      outdated += object.requestRate * Math.max(0, until - Math.max(from, changesAt));
    }
    pending.hits = poisson(random, object.requestRate * (until - at));
    pending.ttlS = ttlS;
    pending.next = at + ttlS + exponential(random, 1 / object.requestRate);
    if (pending.next < durationS) queue.push(pending);
  }
  return { originLoad: asked / answers, staleShare: outdated / answers };
}

/** The contacts to come, the next first (a binary heap). */
class ContactQueue {
  readonly #heap: Pending[] = [];

  push(pending: Pending): void {
    const heap = this.#heap;
    let index = heap.push(pending) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (heap[parent]!.next <= pending.next) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = pending;
  }

  pop(): Pending | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.next < heap[child]!.next) child++;
      if (last.next <= heap[child]!.next) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}
