/**
 * The hit ratio of the best that could be done with `capacity` entries by whoever knew all requests to come: of what is held
 * and what has just come, the one that is asked for last leaves. A newcomer may be the one.
 *
 * L. Belady, "A Study of Replacement Algorithms for a Virtual-Storage Computer", IBM Systems Journal 5(2), 1966.
 */
export function beladyHitRatio(keys: Int32Array, capacity: number): number {
  const nextUse = nextUses(keys);
  /** By key, the request that asks for it next, while it is held. */
  const heldUntil = new Map<number, number>();
  const farthest = new FarthestFirst();
  let hits = 0;
  for (let request = 0; request < keys.length; request++) {
    const key = keys[request]!;
    if (heldUntil.has(key)) hits++;
    heldUntil.set(key, nextUse[request]!);
    farthest.push(nextUse[request]!, key);
    while (heldUntil.size > capacity) {
      const [use, candidate] = farthest.pop();
      // A key that was asked for meanwhile stands further back with its new instant, too.
      if (heldUntil.get(candidate) === use) heldUntil.delete(candidate);
    }
  }
  return hits / keys.length;
}

/** For each request the next one of the same key; behind the end, for those that have none, each at an instant of its own. */
function nextUses(keys: Int32Array): Float64Array {
  const next = new Float64Array(keys.length);
  const seen = new Map<number, number>();
  for (let request = keys.length - 1; request >= 0; request--) {
    next[request] = seen.get(keys[request]!) ?? keys.length + request;
    seen.set(keys[request]!, request);
  }
  return next;
}

/** A binary heap of uses, the latest first. */
class FarthestFirst {
  readonly #uses: number[] = [];
  readonly #keys: number[] = [];

  push(use: number, key: number): void {
    let index = this.#uses.length;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.#uses[parent]! >= use) break;
      this.#put(index, this.#uses[parent]!, this.#keys[parent]!);
      index = parent;
    }
    this.#put(index, use, key);
  }

  pop(): [use: number, key: number] {
    const top: [number, number] = [this.#uses[0]!, this.#keys[0]!];
    const use = this.#uses.pop()!;
    const key = this.#keys.pop()!;
    const count = this.#uses.length;
    if (count === 0) return top;
    let index = 0;
    for (;;) {
      let child = index * 2 + 1;
      if (child >= count) break;
      if (child + 1 < count && this.#uses[child + 1]! > this.#uses[child]!) child++;
      if (this.#uses[child]! <= use) break;
      this.#put(index, this.#uses[child]!, this.#keys[child]!);
      index = child;
    }
    this.#put(index, use, key);
    return top;
  }

  #put(index: number, use: number, key: number): void {
    this.#uses[index] = use;
    this.#keys[index] = key;
  }
}
