/**
 * A map that remembers at least the `capacity` keys that were set last, and at most twice as many.
 *
 * It has two generations, of which the older is dropped as a whole: to find the oldest key of one Map again and again means to step over all
 * that were deleted before it, and a Map whose keys are deleted and set anew copies itself again and again.
 */
export class BoundedMap<V> {
  readonly #capacity: number;
  #young = new Map<string, V>();
  #old = new Map<string, V>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(key: string): V | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  set(key: string, value: V): void {
    this.#young.set(key, value);
    if (this.#young.size < this.#capacity) return;
    this.#old = this.#young;
    this.#young = new Map();
  }

  delete(key: string): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }
}
