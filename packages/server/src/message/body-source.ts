import type { IncomingMessage, ServerResponse } from 'node:http';
import { ProblemError } from '@cachewarp/admin';
import { tooLarge } from './request-head.js';

/** Bytes of bodies that are coming in, of all requests together. */
export class BodyBudget {
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  take(bytes: number): boolean {
    if (this.#bytes + bytes > this.#maxBytes) return false;
    this.#bytes += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/** The body of a request, which is read only when somebody wants it. */
export class BodySource {
  readonly #request: IncomingMessage;
  readonly #invite: (() => void) | undefined;
  readonly #maxBytes: number;
  readonly #budget: BodyBudget;
  /** Whether it was read to its end, or there is none. */
  isRead: boolean;

  /** @param response - of a client that waits to be told to go on (100-continue) */
  constructor(
    request: IncomingMessage,
    length: number | undefined,
    maxBytes: number,
    budget: BodyBudget,
    response?: ServerResponse,
  ) {
    this.#request = request;
    this.#maxBytes = maxBytes;
    this.#budget = budget;
    this.#invite = response === undefined ? undefined : () => response.writeContinue();
    this.isRead = length === 0;
  }

  /** @throws ProblemError, rejected, of status 400, 413 or 503 */
  read(): Promise<Buffer> {
    const request = this.#request;
    if (this.isRead) return Promise.resolve(NOTHING);
    this.#invite?.();
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let length = 0;
      const settle = (error?: ProblemError): void => {
        request.off('data', onData).off('end', onEnd).off('close', onClose);
        this.#budget.giveBack(length);
        if (error === undefined) resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length));
        else reject(error);
      };
      const onData = (chunk: Buffer): void => {
        if (!this.#budget.take(chunk.length)) {
          return settle(
            new ProblemError(503, 'Too much is coming in at the moment.', { headers: { connection: 'close' } }),
          );
        }
        length += chunk.length;
        if (length > this.#maxBytes) return settle(tooLarge(this.#maxBytes));
        chunks.push(chunk);
      };
      const onEnd = (): void => {
        this.isRead = true;
        settle();
      };
      const onClose = (): void => settle(new ProblemError(400, 'The body broke off.'));
      request.on('data', onData).on('end', onEnd).on('close', onClose);
      // A reset; 'close' follows.
      request.on('error', () => undefined);
    });
  }
}

const NOTHING = Buffer.alloc(0);
