/** Bytes that may wait for the reader before the connection is paused. */
const HIGH_WATER = 64 * 1024;

/** The connection that fills a queue. */
export interface BodySource {
  pause(): void;
  resume(): void;
  /** The reader has left before the end. */
  cancel(): void;
}

/**
 * A response body between its connection and its one reader: an async iterable that costs one promise for each time the reader is ahead,
 * and pauses the connection while the reader is behind.
 *
 * It throws where the connection failed, after all that had come before; it never ends early in silence.
 */
export class BodyQueue implements AsyncIterableIterator<Uint8Array> {
  readonly #source: BodySource;
  #chunks: Uint8Array[] = [];
  #queuedBytes = 0;
  #isPaused = false;
  #isEnded = false;
  #isLeft = false;
  #failure: { readonly error: Error } | undefined;
  #reader: { resolve(result: IteratorResult<Uint8Array>): void; reject(error: Error): void } | undefined;

  constructor(source: BodySource) {
    this.#source = source;
  }

  /** Whether the whole body is here. */
  get isComplete(): boolean {
    return this.#isEnded;
  }

  /** Whether the connection is held back because the reader is behind. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Takes everything out as one piece; only where {@link isComplete} and nobody has read. */
  takeWhole(): Uint8Array {
    const chunks = this.#chunks;
    this.#chunks = [];
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, this.#queuedBytes);
  }

  push(chunk: Uint8Array): void {
    if (this.#isLeft || chunk.length === 0) return;
    const reader = this.#reader;
    if (reader !== undefined) {
      this.#reader = undefined;
      reader.resolve({ done: false, value: chunk });
      return;
    }
    this.#chunks.push(chunk);
    this.#queuedBytes += chunk.length;
    if (this.#queuedBytes >= HIGH_WATER && !this.#isPaused) {
      this.#isPaused = true;
      this.#source.pause();
    }
  }

  end(): void {
    this.#isEnded = true;
    this.#reader?.resolve({ done: true, value: undefined });
    this.#reader = undefined;
  }

  fail(error: Error): void {
    if (this.#isEnded || this.#failure !== undefined) return;
    this.#failure = { error };
    this.#reader?.reject(error);
    this.#reader = undefined;
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#shrink(chunk.length);
      return Promise.resolve({ done: false, value: chunk });
    }
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error);
    if (this.#isEnded || this.#isLeft) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => (this.#reader = { resolve, reject }));
  }

  /** The reader leaves: what is still to come is not wanted. */
  return(): Promise<IteratorResult<Uint8Array>> {
    this.#isLeft = true;
    this.#chunks = [];
    if (!this.#isEnded && this.#failure === undefined) this.#source.cancel();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #shrink(bytes: number): void {
    this.#queuedBytes -= bytes;
    if (this.#isPaused && this.#queuedBytes < HIGH_WATER / 2) {
      this.#isPaused = false;
      this.#source.resume();
    }
  }
}
