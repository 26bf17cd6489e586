import {
  assertKnownOptions,
  assertNumber,
  assertObject,
  parseBytes,
  parseDuration,
  type Clock,
  type Duration,
} from '@cachewarp/core';
import type { BackedValue, Backing } from './backing.js';

/**
 * Bounds of write-behind. What a crash (`kill -9`, a power cut) can lose: the acknowledged writes of at most `maxEntries` keys and
 * `maxBytes` bytes, none of them older than `delay` plus the time that the backing takes, unless the backing itself was failing.
 */
export interface WriteBehindOptions {
  /** Keys that wait. Beyond: 503. @defaultValue 1000 */
  maxEntries?: number;
  /** Bytes of values that wait. Beyond: 503. @defaultValue '64mb' */
  maxBytes?: number | string;
  /** How long a write waits for others of its key, at most. @defaultValue '100ms' */
  delay?: Duration;
  /** After how long what failed is tried again. @defaultValue '1s' */
  retryDelay?: Duration;
  /** How long closing tries to write what waits. @defaultValue '20s' */
  closeTimeout?: Duration;
}

interface QueueSettings {
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly delayMs: number;
  readonly retryDelayMs: number;
  readonly closeTimeoutMs: number;
}

/** @throws InvalidOptionError naming the faulty option as `writeBehind.<option>` */
export function readWriteBehindOptions(options: WriteBehindOptions = {}): QueueSettings {
  assertObject('writeBehind', options);
  assertKnownOptions('writeBehind', options, ['maxEntries', 'maxBytes', 'delay', 'retryDelay', 'closeTimeout']);
  const { maxEntries = 1000, maxBytes = '64mb', delay = '100ms', retryDelay = '1s', closeTimeout = '20s' } = options;
  assertNumber('writeBehind.maxEntries', maxEntries, 1, 10_000_000);
  return {
    maxEntries: Math.floor(maxEntries),
    maxBytes: parseBytes('writeBehind.maxBytes', maxBytes),
    delayMs: parseDuration('writeBehind.delay', delay),
    retryDelayMs: parseDuration('writeBehind.retryDelay', retryDelay),
    closeTimeoutMs: parseDuration('writeBehind.closeTimeout', closeTimeout),
  };
}

/** A value to write; undefined: to remove. */
type Pending = BackedValue | undefined;

/** Writes under way at a time. */
const CONCURRENCY = 8;

/**
 * Writes to a backing that wait. The newest write of a key takes the place of an older one that has not begun, so that a key that is
 * written often is written seldom; writes of one key never overlap and keep their order.
 */
export class WriteBehindQueue {
  readonly #backing: Backing;
  readonly #settings: QueueSettings;
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  readonly #waiting = new Map<string, Pending>();
  readonly #underWay = new Map<string, Pending>();
  #bytes = 0;
  #written = 0;
  #failures = 0;
  #isArmed = false;
  #round: Promise<void> | undefined;

  constructor(backing: Backing, settings: QueueSettings, clock: Clock, onError: (error: unknown) => void) {
    this.#backing = backing;
    this.#settings = settings;
    this.#clock = clock;
    this.#onError = onError;
  }

  /** @returns false when there is no room; then nothing is queued */
  add(key: string, value: Pending): boolean {
    const { maxEntries, maxBytes } = this.#settings;
    const isNew = !this.#waiting.has(key);
    const growth = sizeOf(value) - sizeOf(this.#waiting.get(key));
    if (isNew && this.#waiting.size + this.#underWay.size >= maxEntries) return false;
    if (growth > 0 && this.#bytes + growth > maxBytes) return false;
    this.#bytes += growth;
    this.#waiting.set(key, value);
    this.#arm(this.#settings.delayMs);
    return true;
  }

  /** What will be in the backing when the queue is empty, where that is not there already. */
  pending(key: string): { readonly value: Pending } | undefined {
    if (this.#waiting.has(key)) return { value: this.#waiting.get(key) };
    return this.#underWay.has(key) ? { value: this.#underWay.get(key) } : undefined;
  }

  report(): { waiting: number; waitingBytes: number; written: number; failures: number } {
    const waiting = this.#waiting.size + this.#underWay.size;
    return { waiting, waitingBytes: this.#bytes, written: this.#written, failures: this.#failures };
  }

  /** Writes what waits, once over. What fails goes on waiting. */
  flush(): Promise<void> {
    this.#round ??= this.#writeAll().finally(() => {
      this.#round = undefined;
      if (this.#waiting.size > 0) this.#arm(this.#settings.retryDelayMs);
    });
    return this.#round;
  }

  /** Writes what waits, again and again for a while. @returns how many keys were lost */
  async close(): Promise<number> {
    const end = this.#clock.now() + this.#settings.closeTimeoutMs;
    while (this.#waiting.size + this.#underWay.size > 0 && this.#clock.now() < end) {
      const failures = this.#failures;
      await this.flush();
      if (this.#failures > failures) await this.#pause();
    }
    return this.#waiting.size + this.#underWay.size;
  }

  async #writeAll(): Promise<void> {
    const keys = [...this.#waiting.keys()].values();
    const work = async (): Promise<void> => {
      for (const key of keys) await this.#writeOne(key);
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
  }

  async #writeOne(key: string): Promise<void> {
    if (!this.#waiting.has(key)) return;
    const value = this.#waiting.get(key);
    this.#waiting.delete(key);
    this.#underWay.set(key, value);
    try {
      await (value === undefined ? this.#backing.remove(key) : this.#backing.write(key, value));
      this.#written++;
      this.#bytes -= sizeOf(value);
    } catch (error) {
      this.#failures++;
      this.#onError(error);
      // What came meanwhile is newer than what failed.
      if (this.#waiting.has(key)) this.#bytes -= sizeOf(value);
      else this.#waiting.set(key, value);
    } finally {
      this.#underWay.delete(key);
    }
  }

  #arm(delayMs: number): void {
    if (this.#isArmed || this.#round !== undefined) return;
    this.#isArmed = true;
    this.#clock.setTimer(() => {
      this.#isArmed = false;
      void this.flush();
    }, delayMs);
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => void this.#clock.setTimer(resolve, Math.min(this.#settings.retryDelayMs, 100)));
  }
}

function sizeOf(value: Pending): number {
  return value === undefined ? 0 : value.body.byteLength;
}
