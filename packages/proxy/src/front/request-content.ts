import type { Readable } from 'node:stream';
import { UpstreamError } from '../base/proxy-errors.js';
import { BodyQueue } from '../upstream/body-queue.js';

/** What happens to a request's content on its way. */
export interface ContentOptions {
  readonly maxBytes: number;
  /** Called when the first piece is wanted: the moment for 100 Continue. */
  readonly onStart: () => void;
}

/** The content of a request was larger than the limit. It was broken off on the way to the origin. */
export class ContentTooLargeError extends UpstreamError {
  constructor(maxBytes: number) {
    super('request', `the content of the request has more than ${maxBytes} bytes`);
  }
}

/**
 * The content of a client's request, piece by piece as the origin takes it. It throws when the client breaks off, and when there is more
 * than the limit, so that the request at the origin is destroyed rather than ended as if complete.
 */
export class RequestContent implements AsyncIterable<Uint8Array> {
  readonly #source: Readable;
  readonly #options: ContentOptions;
  readonly #queue: BodyQueue;
  #bytes = 0;
  #isWanted = true;

  constructor(source: Readable, options: ContentOptions) {
    this.#source = source;
    this.#options = options;
    this.#queue = new BodyQueue({
      pause: () => source.pause(),
      resume: () => source.resume(),
      cancel: () => this.discard(),
    });
  }

  /** To be read once. Nothing is asked of the client before. */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    const source = this.#source;
    const brokenOff = (): void => {
      if (!source.readableEnded) this.#queue.fail(new UpstreamError('request', 'the client broke its request off'));
    };
    source.on('data', (chunk: Uint8Array) => this.#onData(chunk));
    source.once('end', () => this.#queue.end());
    source.once('error', brokenOff);
    source.once('close', brokenOff);
    if (source.destroyed) brokenOff();
    else this.#options.onStart();
    return this.#queue;
  }

  /**
   * Nobody wants what is still to come: an origin may answer before it has everything. It stands before the client's next request on the
   * connection, and is passed over.
   */
  discard(): void {
    if (!this.#isWanted) return;
    this.#isWanted = false;
    this.#source.on('error', () => undefined);
    this.#source.resume();
  }

  #onData(chunk: Uint8Array): void {
    if (!this.#isWanted) return;
    this.#bytes += chunk.length;
    const { maxBytes } = this.#options;
    if (this.#bytes <= maxBytes) return this.#queue.push(chunk);
    this.#queue.fail(new ContentTooLargeError(maxBytes));
    this.discard();
  }
}
