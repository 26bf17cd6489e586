/** What a test opened and has to close: servers, processes, connections. */
export class Opened {
  #closers: (() => unknown)[] = [];

  /** Remembers how something is closed; answers it, so that it can be wrapped round its making. */
  add<T>(thing: T, close: (thing: T) => unknown): T {
    this.#closers.push(() => close(thing));
    return thing;
  }

  /** Closes everything, the youngest first: clients before proxies, proxies before origins. */
  async close(): Promise<void> {
    for (const close of this.#closers.splice(0).toReversed()) await close();
  }
}
