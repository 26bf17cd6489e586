import type { Frame } from '../src/message/admin-answers.js';
import { momentBefore, sumUp, type Totals } from './totals.js';

/** Moments kept: a quarter of an hour, one a second. */
const CAPACITY = 900;

/** What the metrics were, second by second. */
export class TrafficHistory {
  readonly #current = new Map<string, number>();
  #totals: Totals[] = [];

  /** From oldest to newest. */
  get all(): readonly Totals[] {
    return this.#totals;
  }

  get last(): Totals | undefined {
    return this.#totals.at(-1);
  }

  /** The moment about so many seconds before the last, or the oldest there is. */
  before(seconds: number): Totals | undefined {
    return momentBefore(this.#totals, seconds);
  }

  /** Begins anew with what the listener remembers. */
  replace(frames: readonly Frame[]): void {
    this.#current.clear();
    this.#totals = [];
    for (const frame of frames) this.add(frame);
  }

  add({ at, samples }: Frame): void {
    for (const [series, value] of Object.entries(samples)) this.#current.set(series, value);
    if (at === null || this.#current.size === 0) return;
    this.#totals.push(sumUp(this.#current, at / 1000));
    if (this.#totals.length > CAPACITY) this.#totals.shift();
  }
}
