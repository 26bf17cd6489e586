import type { FillLease } from './fill-lease.js';

/** A load that others may join: at least the lease it fills under. */
export interface Flight {
  readonly lease: FillLease;
}

/** Where the map holds a flight, until it ends. */
interface Slot<F> {
  flight: F | undefined;
}

/**
 * At most one load per key that newcomers may join. A load whose key or tags were invalidated meanwhile stays with the
 * callers it has; the next caller begins a new one, which takes its place here.
 *
 * A Map that keys come to and go from without end gets a new table again and again, and the old tables of V8 hold what was in them until
 * the next full collection. So flights stand in slots that are emptied when they end: otherwise every value that was ever loaded would
 * grow old in memory with them.
 */
export class SingleFlight<F extends Flight> {
  readonly #slots = new Map<string, Slot<F>>();

  /** The running load of `key` that a caller who comes now may share. */
  joinable(key: string): F | undefined {
    const flight = this.#slots.get(key)?.flight;
    return flight !== undefined && flight.lease.admitsNewcomers ? flight : undefined;
  }

  begin(key: string, flight: F): void {
    const slot = this.#slots.get(key);
    if (slot === undefined) this.#slots.set(key, { flight });
    else slot.flight = flight;
  }

  /** Ends `flight`; a younger one of the same key stays. */
  end(key: string, flight: F): void {
    const slot = this.#slots.get(key);
    if (slot?.flight === flight) this.#forget(key, slot);
  }

  /** Turns newcomers away from the running load of `key` and lets it store nothing: something newer has been stored. */
  supersede(key: string): void {
    const slot = this.#slots.get(key);
    if (slot === undefined) return;
    slot.flight?.lease.abandon();
    this.#forget(key, slot);
  }

  #forget(key: string, slot: Slot<F>): void {
    slot.flight = undefined;
    this.#slots.delete(key);
  }
}
