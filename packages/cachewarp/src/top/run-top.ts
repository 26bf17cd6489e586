import type { ReadStream, WriteStream } from 'node:tty';
import { setTimeout as pause } from 'node:timers/promises';
import type { AdminAddress } from '../commands/admin-client.js';
import { ask } from './ask.js';
import { listen } from './listen.js';
import type { Looks } from './paint.js';
import { reduce } from './reduce.js';
import { startState, type Action, type Order, type TopState } from './state.js';
import { Terminal } from './terminal.js';
import { view } from './view.js';

/** Between two attempts to connect, in seconds: longer each time, up to the last. */
const PAUSES_SECONDS = [1, 2, 3, 5];

/**
 * Watches a cache on a terminal until the user quits.
 * @returns the signal that ended it, if one did
 * @throws CommandError when the admin API cannot be reached at the start
 */
export function runTop(
  address: AdminAddress,
  screen: { input: ReadStream; output: WriteStream; looks: Looks },
): Promise<NodeJS.Signals | undefined> {
  return new TopRun(address, screen).run();
}

class TopRun {
  readonly #address: AdminAddress;
  readonly #terminal: Terminal;
  readonly #ending = new AbortController();
  #state: TopState;
  #signal: NodeJS.Signals | undefined;
  #wake = new AbortController();
  #isDrawDue = false;
  #isAskingKeys = false;
  #nextKeys: Extract<Order, { kind: 'keys' }> | undefined;

  constructor(address: AdminAddress, screen: { input: ReadStream; output: WriteStream; looks: Looks }) {
    this.#address = address;
    this.#terminal = new Terminal({
      ...screen,
      listener: {
        onKey: (key) => this.#dispatch({ type: 'key', key }),
        onResize: ({ rows }) => this.#dispatch({ type: 'resize', rows }),
        onEnd: (signal) => {
          this.#signal = signal;
          this.#ending.abort();
        },
      },
    });
    this.#state = startState(address.url, this.#terminal.size.rows);
  }

  async run(): Promise<NodeJS.Signals | undefined> {
    let isOpen = false;
    try {
      // Where nobody answers, that is said on the screen that the user was on.
      await this.#hear(() => {
        isOpen = true;
        this.#terminal.open();
      });
      await this.#hearAgain();
    } catch (error) {
      if (!this.#ending.signal.aborted) throw error;
    } finally {
      if (isOpen) this.#terminal.close();
    }
    return this.#signal;
  }

  /** Hears until the connection ends. @throws when it could not be opened */
  async #hear(onOpen: () => void = () => undefined): Promise<void> {
    const { signal } = this.#ending;
    let isOpen = false;
    const opened = (): void => {
      isOpen = true;
      onOpen();
      this.#dispatch({ type: 'connection', connection: { kind: 'live' } });
    };
    try {
      await listen(this.#address, (action) => this.#dispatch(action), { signal, onOpen: opened });
      await this.#wait('the connection ended', 0);
    } catch (error) {
      if (!isOpen || signal.aborted) throw error;
      await this.#wait(whyOf(error), 0);
    }
  }

  /** Comes again whenever the connection has ended, until it is to end. */
  async #hearAgain(): Promise<void> {
    let failures = 0;
    while (!this.#ending.signal.aborted) {
      try {
        await this.#hear(() => (failures = 0));
      } catch (error) {
        if (this.#ending.signal.aborted) return;
        failures++;
        await this.#wait(whyOf(error), failures);
      }
    }
  }

  /** Counts down to the next attempt, where it is seen. */
  async #wait(why: string, failures: number): Promise<void> {
    this.#wake = new AbortController();
    const signal = AbortSignal.any([this.#ending.signal, this.#wake.signal]);
    const longest = PAUSES_SECONDS[Math.min(failures, PAUSES_SECONDS.length - 1)]!;
    for (let seconds = longest; seconds >= 0 && !signal.aborted; seconds--) {
      this.#dispatch({ type: 'connection', connection: { kind: 'waiting', seconds, why } });
      // Woken early is what the signal is for.
      if (seconds > 0) await pause(1_000, undefined, { signal }).catch(() => undefined);
    }
    this.#ending.signal.throwIfAborted();
  }

  #dispatch(action: Action): void {
    const { state, orders } = reduce(this.#state, action);
    this.#state = state;
    for (const order of orders) this.#carryOut(order);
    this.#drawSoon();
  }

  #carryOut(order: Order): void {
    switch (order.kind) {
      case 'quit':
        return this.#ending.abort();
      case 'suspend':
        return this.#terminal.suspend();
      case 'redraw':
        return this.#terminal.forget();
      case 'reconnect':
        return this.#wake.abort();
      case 'keys':
        return void this.#askKeys(order);
      default:
        return void this.#ask(order, order.asked);
    }
  }

  /** One question for keys at a time; of those that come meanwhile, the last. Never rejects. */
  async #askKeys(order: Extract<Order, { kind: 'keys' }>): Promise<void> {
    this.#nextKeys = order;
    if (this.#isAskingKeys) return;
    this.#isAskingKeys = true;
    while (this.#nextKeys !== undefined) {
      const next: Extract<Order, { kind: 'keys' }> = this.#nextKeys;
      this.#nextKeys = undefined;
      await this.#ask(next, undefined);
    }
    this.#isAskingKeys = false;
  }

  /** Never rejects: what goes wrong is shown. */
  async #ask(order: Parameters<typeof ask>[1], asked: number | undefined): Promise<void> {
    try {
      this.#dispatch(await ask(this.#address, order));
    } catch (error) {
      // That nobody answers is said already, by the connection that ended.
      if (asked === undefined && this.#state.connection.kind !== 'live') return;
      this.#dispatch({ type: 'failed', asked, message: (error as Error).message });
    }
  }

  /** Once for all that happens in one turn. */
  #drawSoon(): void {
    if (this.#isDrawDue) return;
    this.#isDrawDue = true;
    setImmediate(() => {
      this.#isDrawDue = false;
      if (!this.#ending.signal.aborted) this.#terminal.show(view(this.#state, this.#terminal.size));
    });
  }
}

function whyOf(error: unknown): string {
  const { message } = error as Error;
  // The word of fetch for a connection that ended in the middle.
  return message === 'terminated' ? 'The connection broke off.' : message;
}
