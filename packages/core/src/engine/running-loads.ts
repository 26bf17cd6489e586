import type { Load } from './load.js';

/**
 * Loads that are neither done nor called off, each at its `place`. A loader that ignores its signal may go on, unheard. A list, because a
 * Set that is never at rest keeps what it held: see SingleFlight.
 */
export class RunningLoads {
  readonly #loads: Load[] = [];
  #onIdle: (() => void) | undefined;

  /** Those that run now. */
  get all(): readonly Load[] {
    return [...this.#loads];
  }

  add(load: Load): void {
    load.place = this.#loads.push(load) - 1;
  }

  /** The last of the list takes the place of the one that leaves it. Does nothing where it has left. */
  remove(load: Load): void {
    if (load.place !== -1) {
      const last = this.#loads.pop()!;
      if (last !== load) {
        this.#loads[load.place] = last;
        last.place = load.place;
      }
      load.place = -1;
    }
    if (this.#loads.length === 0) this.#onIdle?.();
  }

  /** Resolves when none is running any more. */
  async drained(): Promise<void> {
    while (this.#loads.length > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
  }
}
