import { NumberQueue } from './number-queue.js';

/** What is known of a key: 0 where it is not held. */
const IN_WINDOW = 1;
const IN_MAIN = 2;
const USED = 4;

/**
 * A cache of numbers that decides as `tinylfu` does (see tiny-lfu.ts) with a given share for the window, and counts hits; but behind
 * the window there is one queue, in which who was used goes round again. It is there to be compared with others of its kind, for which
 * that does as well.
 */
export class MiniatureCache {
  hits = 0;
  readonly #windowShare: number;
  readonly #estimateOf: (number: number) => number;
  readonly #window: NumberQueue;
  readonly #main: NumberQueue;
  readonly #states: Uint8Array;
  #capacity = 1;
  #windowEntries = 1;

  /**
   * @param windowShare - of the capacity, 0 to 1
   * @param most - the largest capacity
   * @param numbers - numbers are below this
   * @param estimateOf - how often a number was asked for lately
   */
  constructor(windowShare: number, most: number, numbers: number, estimateOf: (number: number) => number) {
    this.#windowShare = windowShare;
    this.#window = new NumberQueue(most);
    this.#main = new NumberQueue(most);
    this.#states = new Uint8Array(numbers);
    this.#estimateOf = estimateOf;
  }

  /** Where it holds more, it shrinks when somebody comes in. */
  resize(capacity: number): void {
    this.#capacity = capacity;
    this.#windowEntries = Math.max(1, Math.round(capacity * this.#windowShare));
  }

  get isFull(): boolean {
    return this.#window.count + this.#main.count >= this.#capacity;
  }

  holds(number: number): boolean {
    return this.#states[number] !== 0;
  }

  /** A request: whether the number is held. */
  use(number: number): boolean {
    if (!this.holds(number)) return false;
    this.#states[number]! |= USED;
    this.hits++;
    return true;
  }

  /** A number that is not held comes in. There is room for it. */
  add(number: number): void {
    this.#enter(this.#window, number, IN_WINDOW);
    while (this.#window.count > this.#windowEntries && this.#main.count < this.#capacity - this.#windowEntries) {
      if (this.#renewUsed(this.#window, IN_WINDOW)) continue;
      const oldest = this.#window.oldest();
      this.#window.leave();
      this.#enter(this.#main, oldest, IN_MAIN);
    }
  }

  /** One number leaves, and is answered. There is one. */
  evict(): number {
    while (this.#isWindowFull() && this.#renewUsed(this.#window, IN_WINDOW));
    while (this.#main.count > 0 && this.#renewUsed(this.#main, IN_MAIN));
    const loser = this.#isWindowToLose() ? this.#window : this.#main;
    const number = loser.oldest();
    loser.leave();
    this.#states[number] = 0;
    return number;
  }

  clear(): void {
    this.#window.clear();
    this.#main.clear();
    this.#states.fill(0);
  }

  #isWindowToLose(): boolean {
    if (this.#main.count === 0) return true;
    return this.#isWindowFull() && this.#estimateOf(this.#window.oldest()) <= this.#estimateOf(this.#main.oldest());
  }

  #isWindowFull(): boolean {
    return this.#window.count >= this.#windowEntries;
  }

  /** Whether the oldest was used: it goes round again then. */
  #renewUsed(queue: NumberQueue, state: number): boolean {
    const number = queue.oldest();
    if ((this.#states[number]! & USED) === 0) return false;
    queue.leave();
    this.#enter(queue, number, state);
    return true;
  }

  #enter(queue: NumberQueue, number: number, state: number): void {
    queue.enter(number);
    this.#states[number] = state;
  }
}
