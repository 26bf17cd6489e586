/**
 * Work nobody awaits: refreshes, writes behind, sweeps. Each has a name and a place where its failure is told; `drain` waits
 * for all of it, so that closing a cache loses nothing.
 */
export class Background {
  /** Counted: a Set of them would keep alive what they held; see SingleFlight. */
  #running = 0;
  #onIdle: (() => void)[] = [];
  readonly #onError: (name: string, error: unknown) => void;

  constructor(onError: (name: string, error: unknown) => void) {
    this.#onError = onError;
  }

  run(name: string, work: Promise<unknown>): void {
    this.#running++;
    work.then(this.#ended, (error: unknown) => {
      this.#ended();
      this.#onError(name, error);
    });
  }

  /** Resolves when nothing is running any more, what was started meanwhile included. */
  async drain(): Promise<void> {
    while (this.#running > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  readonly #ended = (): void => {
    this.#running--;
    if (this.#running === 0) for (const idle of this.#onIdle.splice(0)) idle();
  };
}
