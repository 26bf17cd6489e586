/**
 * Work nobody awaits: refreshes, writes behind, sweeps. Each has a name and a place where its failure is told; `drain` waits
 * for all of it, so that closing a cache loses nothing.
 */
export class Background {
  readonly #running = new Set<Promise<void>>();
  readonly #onError: (name: string, error: unknown) => void;

  constructor(onError: (name: string, error: unknown) => void) {
    this.#onError = onError;
  }

  run(name: string, work: Promise<unknown>): void {
    const task: Promise<void> = work.then(
      () => void this.#running.delete(task),
      (error: unknown) => {
        this.#running.delete(task);
        this.#onError(name, error);
      },
    );
    this.#running.add(task);
  }

  /** Resolves when nothing is running any more, what was started meanwhile included. */
  async drain(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
