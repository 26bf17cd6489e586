/** What a reader is given when it asks: a piece, `undefined` while there is none yet, `null` at the end. It throws what ended the body. */
export type Piece = Uint8Array | undefined | null;

/** Where a reader reads from. */
export interface BodySource {
  read(reader: BodyReader): Piece;
  detach(reader: BodyReader): void;
}

/**
 * One client's way through a body that several read. Written out instead of an async generator, because `return` has to take effect at
 * once: a generator that waits for the next piece would only hear of it with that piece. One `next` at a time.
 */
export class BodyReader implements AsyncIterableIterator<Uint8Array> {
  /** The number of the piece to be read next. The source's. */
  nextChunk = 0;
  /** How many bytes were read. The source's. */
  offset = 0;
  readonly #source: BodySource;
  #waiting: PendingRead | undefined;
  #isOpen = true;
  #error: Error | undefined;

  constructor(source: BodySource) {
    this.#source = source;
  }

  /** Whether the client has asked for more than there is. */
  get isWaiting(): boolean {
    return this.#waiting !== undefined;
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.wake();
    });
  }

  /** The client wants no more. */
  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#close();
    this.wake();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Looks whether there is something for a client that waits. */
  wake(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    try {
      const piece = this.#isOpen ? this.#source.read(this) : this.#afterTheEnd();
      if (piece === undefined) return;
      this.#waiting = undefined;
      if (piece === null) this.#close();
      waiting.resolve(piece === null ? { done: true, value: undefined } : { done: false, value: piece });
    } catch (error) {
      this.#waiting = undefined;
      this.#close();
      waiting.reject(error);
    }
  }

  /** Ends this reader alone, with an error. */
  cutOff(error: Error): void {
    if (!this.#isOpen) return;
    this.#error = error;
    this.#close();
    this.wake();
  }

  /** An error is told once; then the iterator is at its end, as the protocol wants. */
  #afterTheEnd(): null {
    const error = this.#error;
    this.#error = undefined;
    if (error !== undefined) throw error;
    return null;
  }

  #close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#source.detach(this);
  }
}

interface PendingRead {
  resolve(result: IteratorResult<Uint8Array, undefined>): void;
  reject(error: unknown): void;
}
