import type { Evictable } from './eviction-policy.js';
import { MOST_PLACE, placeOf, slotAt, usesOf } from './slot.js';

const FIRST_LENGTH = 64;

/**
 * Records in the order in which they came: a ring that is written at one end and read at the other, so that what lies side by
 * side is used one after another. A record that leaves from between the ends leaves a hole, which is passed over when it comes
 * to the front. When the ring is full it grows, or, where half of it is holes, moves together.
 *
 * Places are counted on, round a range that is twice as long as a ring can be, so that they still hold when the ring has grown. Up
 * to 2 ** 24 records, twice as many as the memory store holds.
 */
export class RecordQueue<R extends Evictable> {
  readonly #number: number;
  #ring: (R | undefined)[] = emptyRing<R>();
  #first = 0;
  #next = 0;
  #count = 0;
  #bytes = 0;

  /** @param number - 1 to 3, another one for each queue of a policy: a slot is never 0 */
  constructor(number: number) {
    this.#number = number;
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The record that has been here longest. */
  oldest(): R | undefined {
    const ring = this.#ring;
    while (this.#first !== this.#next) {
      const record = ring[this.#first & (ring.length - 1)];
      if (record !== undefined) return record;
      this.#first = (this.#first + 1) & MOST_PLACE;
    }
    return undefined;
  }

  /** A record enters as the newest, with so many uses. */
  enter(record: R, uses: number): void {
    if (((this.#next - this.#first) & MOST_PLACE) === this.#ring.length) this.#makeRoom();
    const place = this.#next;
    this.#ring[place & (this.#ring.length - 1)] = record;
    record.slot = slotAt(place, this.#number, uses);
    this.#next = (place + 1) & MOST_PLACE;
    this.#count++;
    this.#bytes += record.size;
  }

  /** A record of this queue leaves. */
  leave(record: R): void {
    this.#ring[placeOf(record) & (this.#ring.length - 1)] = undefined;
    record.slot = 0;
    this.#count--;
    this.#bytes -= record.size;
  }

  /** A record takes the place of another of this queue, and its uses. */
  replace(old: R, record: R): void {
    this.#ring[placeOf(old) & (this.#ring.length - 1)] = record;
    record.slot = old.slot;
    old.slot = 0;
    this.#bytes += record.size - old.size;
  }

  clear(): void {
    this.#ring = emptyRing<R>();
    this.#first = 0;
    this.#next = 0;
    this.#count = 0;
    this.#bytes = 0;
  }

  #makeRoom(): void {
    if (this.#count > this.#ring.length / 2) this.#grow();
    else this.#moveTogether();
  }

  #grow(): void {
    const { length } = this.#ring;
    this.#ring = this.#ring.concat(this.#ring);
    // A place is now told by one bit more: the copy for the other value of that bit goes.
    for (let place = this.#first; place !== this.#next; place = (place + 1) & MOST_PLACE) {
      this.#ring[(place ^ length) & (this.#ring.length - 1)] = undefined;
    }
  }

  #moveTogether(): void {
    const ring = this.#ring;
    let free = this.#first;
    for (let place = this.#first; place !== this.#next; place = (place + 1) & MOST_PLACE) {
      const record = ring[place & (ring.length - 1)];
      if (record === undefined) continue;
      ring[place & (ring.length - 1)] = undefined;
      ring[free & (ring.length - 1)] = record;
      record.slot = slotAt(free, this.#number, usesOf(record));
      free = (free + 1) & MOST_PLACE;
    }
    this.#next = free;
  }
}

function emptyRing<R>(): (R | undefined)[] {
  return Array.from({ length: FIRST_LENGTH }, () => undefined);
}
