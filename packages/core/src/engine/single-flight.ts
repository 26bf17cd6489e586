import type { FillLease } from './fill-lease.js';

/** A load that others may join: at least the lease it fills under. */
export interface Flight {
  readonly lease: FillLease;
}

/**
 * At most one load per key that newcomers may join. A load whose key or tags were invalidated meanwhile stays with the
 * callers it has; the next caller begins a new one, which takes its place here.
 */
export class SingleFlight<F extends Flight> {
  readonly #flights = new Map<string, F>();

  /** The running load of `key` that a caller who comes now may share. */
  joinable(key: string): F | undefined {
    const flight = this.#flights.get(key);
    return flight !== undefined && flight.lease.admitsNewcomers ? flight : undefined;
  }

  begin(key: string, flight: F): void {
    this.#flights.set(key, flight);
  }

  /** Ends `flight`; a younger one of the same key stays. */
  end(key: string, flight: F): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }

  /** Turns newcomers away from the running load of `key` and lets it store nothing: something newer has been stored. */
  supersede(key: string): void {
    this.#flights.get(key)?.lease.abandon();
    this.#flights.delete(key);
  }
}
