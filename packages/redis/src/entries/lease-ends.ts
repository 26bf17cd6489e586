import type { Clock, Timer } from '@cachewarp/core';
import type { Client } from '../connection/connections.js';
import type { KeySpace } from '../connection/key-space.js';
import { AWAIT } from '../connection/scripts.js';
import type { Wire } from '../connection/wire.js';

/** Keys that are remembered to have been marked, or to have ended, a moment ago. */
const MAX_REMEMBERED = 1_000;

/** Who waits without hearing asks again after the given time, or up to this part of it earlier, so that not all ask at once. */
const JITTER = 0.25;

/**
 * Hears of ended leases. Only leases that somebody waits for are told of: whoever finds one taken marks it. A message may be lost, so
 * every wait ends by itself.
 */
export class LeaseEnds {
  readonly #wire: Wire;
  readonly #keys: KeySpace;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #waiting = new Map<string, Set<() => void>>();
  /** Leases that this process has marked: whether each has ended since. */
  readonly #marked = new Map<string, boolean>();

  constructor(parts: { wire: Wire; ears: Client; keys: KeySpace; clock: Clock; random: () => number }) {
    this.#wire = parts.wire;
    this.#keys = parts.keys;
    this.#clock = parts.clock;
    this.#random = parts.random;
    parts.ears.on('messageBuffer', (channel: Buffer, key: Buffer) => {
      // The connection hears messages between processes, too.
      if (channel.toString() === parts.keys.channel) this.#heard(key.toString());
    });
    // It is subscribed anew with every connection. Where that is not permitted, waiting ends by time alone.
    parts.ears.subscribe(parts.keys.channel).catch(ignore);
  }

  /** The lease of `key` is asked for. */
  asked(key: string): void {
    this.#marked.delete(key);
  }

  /** The lease of `key` was found taken, and marked. */
  taken(key: string): void {
    if (this.#marked.has(key)) return;
    this.#marked.set(key, false);
    if (this.#marked.size > MAX_REMEMBERED) this.#marked.delete(this.#marked.keys().next().value!);
  }

  /** Resolves when the end of the lease was heard, or after `maxMs`. Never rejects. */
  wait(key: string, maxMs: number): Promise<void> {
    const hasEnded = this.#marked.get(key);
    if (hasEnded === true) {
      this.#marked.delete(key);
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const wake = (): void => {
        timer.cancel();
        const others = this.#waiting.get(key);
        others?.delete(wake);
        if (others?.size === 0) this.#waiting.delete(key);
        resolve();
      };
      const waiting = this.#waiting.get(key) ?? new Set();
      this.#waiting.set(key, waiting.add(wake));
      const timer: Timer = this.#clock.setTimer(wake, maxMs * (1 - JITTER * this.#random()));
      if (hasEnded === undefined) this.#mark(key, wake);
    });
  }

  close(): void {
    for (const waiting of this.#waiting.values()) for (const wake of waiting) wake();
  }

  #mark(key: string, wake: () => void): void {
    const woken = (isTaken: unknown): void => {
      if (isTaken === 0) wake();
    };
    this.#wire.run(AWAIT, [this.#keys.lease(key)], []).then(woken, ignore);
  }

  #heard(key: string): void {
    if (this.#marked.has(key)) this.#marked.set(key, true);
    for (const wake of this.#waiting.get(key) ?? []) wake();
  }
}

function ignore(): void {
  // Hearing is a hint: without it waiting ends by time.
}
