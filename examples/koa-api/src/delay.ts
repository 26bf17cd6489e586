import { setTimeout } from 'node:timers/promises';

/** How long each query takes. Long enough to see with the naked eye what the cache saves. */
export class Delay {
  readonly #ms: number;

  constructor(ms: number) {
    this.#ms = ms;
  }

  async pass(): Promise<void> {
    await setTimeout(this.#ms);
  }
}
