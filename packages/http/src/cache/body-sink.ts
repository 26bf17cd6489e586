import type { Clock, Timer } from '@cachewarp/core';
import type { CancelSignal } from '../message/canceller.js';
import { BodyReader, type BodySource, type Piece } from './body-reader.js';
import type { ByteBudget } from './byte-budget.js';
import { OriginError } from './origin-error.js';

/** Bounds of one body on its way through. */
export interface BodyBounds {
  /** Up to this many bytes the body is kept whole, for those who come later and for the store. */
  readonly maxBytes: number;
  /** Beyond that, how far the slowest reader may fall behind before the origin has to wait, in bytes. */
  readonly windowBytes: number;
  /** How long a reader that others wait for may take nothing, in ms. */
  readonly stallMs: number;
  /** What Content-Length says, if it says something. */
  readonly length: number | undefined;
  /** What all bodies that are coming in may hold together. Without room in it, a body is passed on and not kept. */
  readonly pending: ByteBudget;
}

/** What a piece costs beside its bytes, about: an origin that drips single bytes fills the memory far below the bound in bytes. */
const PIECE_OVERHEAD_BYTES = 256;

/** So many pieces are kept in any case. */
const MIN_PIECES = 1024;

/**
 * One body that comes in once and goes out to many, each at its own pace.
 *
 * Up to `maxBytes` everything is kept: the origin is read as fast as it sends, a reader may come at any time and starts at the
 * beginning, and a slow one holds up nobody. Beyond, nothing can be kept whole: `pump` will answer that there is no body to store, no
 * reader can come any more, and what everybody has read is dropped. From then on the origin waits while the slowest reader is more than
 * `windowBytes` behind, so memory stays bounded whatever the length; a reader that takes nothing for `stallMs` while another waits for
 * it is cut off, with an error that makes its answer incomplete. A lone reader is waited for as long as it stays.
 */
export class BodySink implements BodySource {
  readonly #clock: Clock;
  readonly #bounds: BodyBounds;
  readonly #onDeserted: () => void;
  readonly #readers = new Set<BodyReader>();
  /** The pieces held, in order. The first of them has the number `#firstPiece` in the whole body. */
  #pieces: Uint8Array[] = [];
  #firstPiece = 0;
  #heldBytes = 0;
  #receivedBytes = 0;
  #isTooLarge = false;
  /** Taken from the budget of all. */
  #takenBytes = 0;
  /** `passing`: too large to keep. `kept` and `passed`: the same at the end. */
  #state: 'keeping' | 'passing' | 'kept' | 'passed' | 'failed' = 'keeping';
  #failure: OriginError | undefined;
  #whole: Uint8Array | undefined;
  #resumePump: (() => void) | undefined;
  #stallTimer: Timer | undefined;

  /** @param onDeserted - called when the body is not kept and its last reader has left: nobody wants the rest */
  constructor(clock: Clock, bounds: BodyBounds, onDeserted: () => void) {
    this.#clock = clock;
    this.#bounds = bounds;
    this.#onDeserted = onDeserted;
  }

  /** Whether a reader who comes now gets the body from its first byte. */
  get isWhole(): boolean {
    return this.#state === 'keeping' || this.#state === 'kept';
  }

  /** Whether it was found larger than what is kept: the next one of its kind will be, too. */
  get isTooLarge(): boolean {
    return this.#isTooLarge;
  }

  /**
   * A new reader of the whole body, for one client; undefined when its beginning is gone.
   * @param signal - aborted when the client has left, so that nobody waits for him
   */
  attach(signal?: CancelSignal): AsyncIterableIterator<Uint8Array> | undefined {
    if (!this.isWhole) return undefined;
    const reader = new BodyReader(this);
    this.#readers.add(reader);
    const leave = (): void => reader.cutOff(new OriginError('incomplete', 'the client left'));
    if (signal?.aborted === true) leave();
    signal?.addEventListener('abort', leave, { once: true });
    return reader;
  }

  /**
   * Takes the body in, to its end.
   * @param keep - called with the whole body before the readers hear that it has ended, so that what a client then asks for is there
   * @returns whether it was whole; false when it was too large to keep
   * @throws OriginError `incomplete` when it broke off, or is not as long as it said; readers get what came, then the same error
   */
  async pump(source: AsyncIterable<Uint8Array>, keep: (body: Uint8Array) => void): Promise<boolean> {
    try {
      return await this.#takeAll(source, keep);
    } finally {
      this.#giveBack();
    }
  }

  async #takeAll(source: AsyncIterable<Uint8Array>, keep: (body: Uint8Array) => void): Promise<boolean> {
    try {
      for await (const piece of source) {
        this.#take(piece);
        if (this.#isDeserted) break;
        while (this.#mustWait()) await this.#untilRead();
      }
      if (!this.#isDeserted) this.#assertLength(this.#receivedBytes === this.#bounds.length);
    } catch (error) {
      // The last reader left, and the origin was called off: no failure of anybody's.
      if (this.#isDeserted) return this.#finish(keep);
      this.#state = 'failed';
      this.#failure = incomplete(error);
      this.#wakeReaders();
      throw this.#failure;
    }
    return this.#finish(keep);
  }

  /** The source's side of {@link BodyReader}. */
  read(reader: BodyReader): Piece {
    if (this.#whole !== undefined) {
      const rest = this.#whole.subarray(reader.offset);
      reader.offset = this.#whole.length;
      return rest.length === 0 ? null : rest;
    }
    const piece = this.#pieces[reader.nextChunk - this.#firstPiece];
    if (piece !== undefined) {
      reader.nextChunk++;
      reader.offset += piece.length;
      this.#dropWhatWasRead();
      return piece;
    }
    if (this.#failure !== undefined) throw this.#failure;
    return this.#state === 'passed' ? null : undefined;
  }

  /** The source's side of {@link BodyReader}. */
  detach(reader: BodyReader): void {
    this.#readers.delete(reader);
    this.#dropWhatWasRead();
    if (!this.#isDeserted) return;
    this.#resumePump?.();
    this.#onDeserted();
  }

  #take(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.#receivedBytes += piece.length;
    this.#assertLength(this.#receivedBytes <= (this.#bounds.length ?? Infinity));
    this.#heldBytes += piece.length;
    this.#pieces.push(ownBytes(piece));
    if (this.#state === 'keeping' && !this.#hasRoomFor(piece)) {
      this.#state = 'passing';
      this.#giveBack();
    }
    this.#wakeReaders();
    this.#dropWhatWasRead();
  }

  #assertLength(isAsAnnounced: boolean): void {
    const { length } = this.#bounds;
    if (length === undefined || isAsAnnounced) return;
    const received = this.#receivedBytes > length ? 'more' : `only ${this.#receivedBytes}`;
    throw new OriginError('incomplete', `the origin announced ${length} bytes and sent ${received}`);
  }

  #finish(keep: (body: Uint8Array) => void): boolean {
    const isWhole = this.#state === 'keeping';
    this.#state = isWhole ? 'kept' : 'passed';
    try {
      if (!isWhole) return false;
      this.#whole = join(this.#pieces, this.#receivedBytes);
      this.#pieces = [];
      keep(this.#whole);
      return true;
    } finally {
      this.#wakeReaders();
    }
  }

  /** Whether the body, with one more piece, may still be kept whole. */
  #hasRoomFor(piece: Uint8Array): boolean {
    const { maxBytes, pending } = this.#bounds;
    const maxPieces = Math.max(MIN_PIECES, maxBytes / PIECE_OVERHEAD_BYTES);
    this.#isTooLarge = this.#receivedBytes > maxBytes || this.#pieces.length > maxPieces;
    if (this.#isTooLarge || !pending.take(piece.length)) return false;
    this.#takenBytes += piece.length;
    return true;
  }

  #giveBack(): void {
    this.#bounds.pending.giveBack(this.#takenBytes);
    this.#takenBytes = 0;
  }

  /** Nobody reads, and nothing will be stored. */
  get #isDeserted(): boolean {
    return this.#state === 'passing' && this.#readers.size === 0;
  }

  #mustWait(): boolean {
    return this.#state === 'passing' && this.#readers.size > 0 && this.#heldBytes > this.#bounds.windowBytes;
  }

  #untilRead(): Promise<void> {
    return new Promise((resolve) => {
      this.#watchForStall();
      this.#resumePump = () => {
        this.#resumePump = undefined;
        this.#stallTimer?.cancel();
        resolve();
      };
    });
  }

  /** Gives the slowest reader `stallMs` to take something, where another waits for it. */
  #watchForStall(): void {
    const slowest = this.#slowest();
    this.#stallTimer = this.#clock.setTimer(() => {
      const isHoldingUpOthers = [...this.#readers].some((reader) => reader.isWaiting);
      for (const reader of this.#readers) {
        if (!isHoldingUpOthers || reader.nextChunk > slowest) continue;
        reader.cutOff(new OriginError('timeout', 'the client read too slowly for the others'));
      }
      if (this.#resumePump !== undefined) this.#watchForStall();
    }, this.#bounds.stallMs);
  }

  /** The number of the oldest piece that somebody has still to read. */
  #slowest(): number {
    let slowest = this.#firstPiece + this.#pieces.length;
    for (const reader of this.#readers) slowest = Math.min(slowest, reader.nextChunk);
    return slowest;
  }

  #dropWhatWasRead(): void {
    if (this.isWhole) return;
    const slowest = this.#slowest();
    for (const piece of this.#pieces.splice(0, slowest - this.#firstPiece)) this.#heldBytes -= piece.length;
    this.#firstPiece = slowest;
    if (!this.#mustWait()) this.#resumePump?.();
  }

  #wakeReaders(): void {
    for (const reader of this.#readers) reader.wake();
  }
}

function incomplete(reason: unknown): OriginError {
  if (reason instanceof OriginError) return reason;
  return new OriginError('incomplete', 'the origin broke off in the middle of its answer', { cause: reason });
}

/** A piece that is a small part of a large buffer would keep all of it alive: it is copied. */
function ownBytes(piece: Uint8Array): Uint8Array {
  return piece.buffer.byteLength > 2 * piece.length + 1024 ? piece.slice() : piece;
}

/** One buffer of exactly the body's length; not from Node's pool, whose other users would keep it alive and be kept alive by it. */
function join(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const whole = Buffer.allocUnsafeSlow(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
