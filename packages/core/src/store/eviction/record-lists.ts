import type { Evictable } from './eviction-policy.js';
import { placeOf, slotAt } from './slot.js';

const FIRST_LENGTH = 128;
/** Up to so many places, links of 16 bits do: half the memory, and twice as much of it in the processor's cache. */
const SHORT_LENGTH = 2 ** 16;

type Links = Uint16Array | Uint32Array;

/**
 * Records in lists, oldest first, doubly linked through one typed array, so that moving a record from anywhere to anywhere
 * allocates nothing and follows no object. For each record the next and the previous one lie side by side. Each list is a ring
 * through a place of its own that no record takes, so that no move is a special case. Places that are free form a chain through
 * the same array.
 */
export class RecordLists<R extends Evictable> {
  readonly #lists: number;
  /** Next and previous by place. The first places are those of the lists. */
  #links!: Links;
  #records!: (R | undefined)[];
  #firstFree = 0;

  /** @param lists - how many; they are named by number, from 0 */
  constructor(lists: number) {
    this.#lists = lists;
    this.clear();
  }

  /** Places there is room for at the moment: how long an array beside this one must be. */
  get length(): number {
    return this.#links.length / 2;
  }

  /** The record that has been in a list longest. */
  oldest(list: number): R | undefined {
    return this.#records[this.#links[2 * list]!];
  }

  /** A record enters a list as its newest, and is told its place by its slot. */
  enter(list: number, record: R): void {
    const place = this.#takePlace();
    record.slot = slotAt(place, 0, 0);
    this.#records[place] = record;
    this.#link(list, place);
  }

  /** Makes a record the newest of a list. */
  move(list: number, record: R): void {
    const place = placeOf(record);
    if (this.#links[2 * place] === list) return;
    this.#unlink(place);
    this.#link(list, place);
  }

  /** A record takes the place of another, and its uses. */
  replace(old: R, record: R): void {
    this.#records[placeOf(old)] = record;
    record.slot = old.slot;
    old.slot = 0;
  }

  leave(record: R): void {
    const place = placeOf(record);
    this.#unlink(place);
    this.#links[2 * place] = this.#firstFree;
    this.#firstFree = place;
    this.#records[place] = undefined;
    record.slot = 0;
  }

  clear(): void {
    this.#links = new Uint16Array(2 * FIRST_LENGTH);
    this.#records = Array.from({ length: this.#lists }, () => undefined);
    this.#firstFree = 0;
    for (let list = 0; list < this.#lists; list++) this.#links.fill(list, 2 * list, 2 * list + 2);
  }

  #takePlace(): number {
    const free = this.#firstFree;
    if (free !== 0) {
      this.#firstFree = this.#links[2 * free]!;
      return free;
    }
    const place = this.#records.length;
    if (2 * place === this.#links.length) this.#grow(2 * place);
    return place;
  }

  #grow(length: number): void {
    const links = this.#links;
    this.#links = length > SHORT_LENGTH ? new Uint32Array(2 * length) : new Uint16Array(2 * length);
    this.#links.set(links);
  }

  #link(list: number, place: number): void {
    const links = this.#links;
    const newest = links[2 * list + 1]!;
    links[2 * newest] = place;
    links[2 * place] = list;
    links[2 * place + 1] = newest;
    links[2 * list + 1] = place;
  }

  #unlink(place: number): void {
    const links = this.#links;
    const next = links[2 * place]!;
    const previous = links[2 * place + 1]!;
    links[2 * previous] = next;
    links[2 * next + 1] = previous;
  }
}
