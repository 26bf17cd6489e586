import { SingleFlight } from '@cachewarp/core';
import type { Fill } from './fill.js';

/** The fills that run, and those of them that newcomers may join: for each key, where others would look for it, one at a time. */
export class FlightBoard {
  readonly #flights = new SingleFlight<Fill>();
  readonly #running = new Set<Fill>();

  /** The fill under `key` that a request that comes now may share. */
  joinable(key: string): Fill | undefined {
    return this.#flights.joinable(key);
  }

  /** All that run, also those that nobody may join. */
  all(): Iterable<Fill> {
    return this.#running;
  }

  begin(fill: Fill): void {
    this.#running.add(fill);
    if (fill.flightKey !== undefined) this.#flights.begin(fill.flightKey, fill);
  }

  /** Where its answer will be kept is where others of the same variant look for it: now that this is known, it is listed there. */
  relist(fill: Fill): void {
    const { flightKey, lease } = fill;
    if (flightKey === undefined || flightKey === lease.key) return;
    this.#flights.end(flightKey, fill);
    fill.flightKey = lease.key;
    let listed = this.#flights.joinable(lease.key);
    // One that was purged must not take the place of one that others still join; one that comes second waits its turn.
    if (listed === undefined) {
      if (lease.admitsNewcomers) this.#flights.begin(lease.key, fill);
      return;
    }
    while (listed.next !== undefined) listed = listed.next;
    listed.next = fill;
  }

  /** Nobody finds it any more; another that came second to it takes its place. */
  unlist(fill: Fill): void {
    if (fill.flightKey === undefined) return;
    this.#flights.end(fill.flightKey, fill);
    const { next } = fill;
    fill.next = undefined;
    if (next === undefined || next.flightKey === undefined) return;
    const isFree = this.#flights.joinable(next.flightKey) === undefined;
    if (isFree && this.#running.has(next)) this.#flights.begin(next.flightKey, next);
    else this.unlist(next);
  }

  end(fill: Fill): void {
    this.unlist(fill);
    this.#running.delete(fill);
  }
}
