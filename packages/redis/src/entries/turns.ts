/**
 * Keeps the writes of a key in their order though one of them may have to be prepared for a while. Where nothing has to be waited for, a
 * write goes out at once.
 */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** Prepares, and sends when everything that was begun before for the same key was answered. */
  take<P, T>(key: string, prepare: () => P | Promise<P>, send: (prepared: P) => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const prepared = prepare();
    if (before === undefined && !(prepared instanceof Promise)) return send(prepared);
    const turn = Promise.all([prepared, before]).then(([ready]) => send(ready));
    const end = turn.then(ignore, ignore);
    this.#last.set(key, end);
    void end.then(() => {
      if (this.#last.get(key) === end) this.#last.delete(key);
    });
    return turn;
  }
}

function ignore(): void {
  // Whoever began the write is told.
}
