import type { Evictable } from './eviction-policy.js';
import { growArray } from './grow-array.js';
import { placeOf, slotAt } from './slot.js';

const FIRST_LENGTH = 64;
const ROOT = 1;
const CHILDREN = 4;

/**
 * Records by expiry, the earliest first, and of equals the one that came first: a heap in which each has four children. The
 * instants lie beside the records, so that a walk through the heap seldom looks into one.
 */
export class RecordHeap<R extends Evictable> {
  readonly #comesBefore: (record: R, other: R) => boolean;
  /** From place 1 on. */
  #records: (R | undefined)[] = [undefined];
  #instants = new Float64Array(FIRST_LENGTH);

  /** @param comesBefore - which of two that expire at the same instant is first */
  constructor(comesBefore: (record: R, other: R) => boolean) {
    this.#comesBefore = comesBefore;
  }

  first(): R | undefined {
    return this.#records[ROOT];
  }

  /** A record enters. Its slot is told now and whenever it moves. */
  enter(record: R): void {
    const place = this.#records.length;
    if (place === this.#instants.length) this.#instants = growArray(this.#instants, place + (place >>> 1));
    this.#records.push(record);
    this.#rise(place, record, record.expiresAt);
  }

  /** A record takes the place of one that expires at the same instant. */
  replace(old: R, record: R): void {
    this.#records[placeOf(old)] = record;
    record.slot = old.slot;
    old.slot = 0;
  }

  leave(record: R): void {
    const place = placeOf(record);
    const last = this.#records.pop()!;
    record.slot = 0;
    if (last === record) return;
    const instant = this.#instants[this.#records.length]!;
    this.#sink(place, last, instant);
    if (placeOf(last) === place) this.#rise(place, last, instant);
  }

  clear(): void {
    this.#records = [undefined];
    this.#instants = new Float64Array(FIRST_LENGTH);
  }

  /** Puts a record at a place, or as far forward of it as it belongs. */
  #rise(from: number, record: R, instant: number): void {
    let place = from;
    while (place > ROOT) {
      const parent = (place + 2) >>> 2;
      if (!this.#isBefore(record, instant, parent)) break;
      this.#put(place, this.#records[parent]!, this.#instants[parent]!);
      place = parent;
    }
    this.#put(place, record, instant);
  }

  /** Puts a record at a place, or as far behind it as it belongs. */
  #sink(from: number, record: R, instant: number): void {
    let place = from;
    for (;;) {
      const child = this.#firstChild(place);
      if (child === 0 || this.#isBefore(record, instant, child)) break;
      this.#put(place, this.#records[child]!, this.#instants[child]!);
      place = child;
    }
    this.#put(place, record, instant);
  }

  /** The place of the child that is before its siblings; 0 when there is none. */
  #firstChild(place: number): number {
    const from = CHILDREN * place - 2;
    const end = Math.min(from + CHILDREN, this.#records.length);
    if (from >= end) return 0;
    let first = from;
    for (let child = from + 1; child < end; child++) {
      if (this.#isBefore(this.#records[child]!, this.#instants[child]!, first)) first = child;
    }
    return first;
  }

  #isBefore(record: R, instant: number, place: number): boolean {
    const other = this.#instants[place]!;
    return instant < other || (instant === other && this.#comesBefore(record, this.#records[place]!));
  }

  #put(place: number, record: R, instant: number): void {
    this.#records[place] = record;
    this.#instants[place] = instant;
    record.slot = slotAt(place, 0, 0);
  }
}
