import type { Duplex } from 'node:stream';
import { HeaderFields, type CancelSignal, type HttpResponse } from '@cachewarp/http';
import type { Dispatcher } from 'undici';
import { UpstreamError } from '../base/proxy-errors.js';
import { BodyQueue, type BodySource } from './body-queue.js';
import type { OriginConnection } from './origin-connection.js';
import {
  fieldOf,
  readInterimFields,
  readResponseHead,
  readTrailers,
  type RawFields,
  type ResponseHead,
} from './response-head.js';
import { upstreamError } from './upstream-faults.js';

/** The origin agreed to change the protocol; from here on the connection belongs to whoever asked. */
export interface Upgraded {
  /** What it named in Upgrade, in lower case. */
  readonly protocol: string | undefined;
  readonly headers: HeaderFields;
  readonly socket: Duplex;
}

/** What whoever asks the origin says beside the request. */
export interface UpstreamContext {
  /** Aborted when nobody wants the answer any more. */
  readonly signal: CancelSignal;
  /** Called for each 1xx response, in order, before the final response. */
  readonly onInformational?: ((status: number, headers: HeaderFields) => void) | undefined;
}

/** What holds for every exchange with one upstream. Times in ms. */
interface ExchangeLimits {
  readonly firstByteTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly totalTimeoutMs: number;
  /** More fields in a head are a fault. */
  readonly headerFields: number;
}

/** Who runs exchanges: one object for all of them, so that none needs functions of its own. */
export interface ExchangeOwner {
  /** Host and port, for messages. */
  readonly name: string;
  readonly limits: ExchangeLimits;
  /** The head of a final response has come. */
  onHead(permit: number): void;
  /** The place at the origin is free again: the response is complete, failed, or of the endless kind. Called once an exchange. */
  onDone(permit: number, error: UpstreamError | undefined): void;
}

/** One request of an exchange. */
export interface ExchangeRequest {
  readonly method: string;
  readonly context: UpstreamContext;
  /** Given back to the owner with what became of it. */
  readonly permit: number;
  /** Called once, after the owner's own {@link ExchangeOwner.onDone}. */
  readonly onDone: () => void;
}

/** More interim responses than this are a fault. */
const MAX_INTERIM = 32;

/** setTimeout overflows beyond. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * One request at one upstream, from dispatch to the last byte: the handler that undici calls, and the promise of a response.
 *
 * A response is complete only if its framing says so: every byte of Content-Length, the last chunk, or an orderly end of the connection.
 * Everything else makes the body throw, so that nobody takes half for the whole.
 */
export class Exchange implements Dispatcher.DispatchHandler, BodySource {
  /** The head has come; or the exchange failed. */
  readonly head: Promise<ResponseHead | Upgraded>;
  /** Whether a connection was found and the request begun. */
  wasSent = false;

  readonly #owner: ExchangeOwner;
  readonly #request: ExchangeRequest;
  readonly #onAbort: () => void;
  #resolve!: (head: ResponseHead | Upgraded) => void;
  #reject!: (error: UpstreamError) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #connection: OriginConnection | undefined;
  #responseHead: ResponseHead | undefined;
  #body: BodyQueue | undefined;
  #received = 0;
  #interim = 0;
  #isDone = false;
  #isFree = false;
  #isSettled = false;
  #failure: UpstreamError | undefined;
  #phaseTimer: NodeJS.Timeout | undefined;
  #totalTimer: NodeJS.Timeout | undefined;
  #trailers: HeaderFields | undefined;
  #resolveTrailers: ((trailers: HeaderFields) => void) | undefined;

  constructor(owner: ExchangeOwner, request: ExchangeRequest) {
    this.#owner = owner;
    this.#request = request;
    this.head = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const { signal } = request.context;
    const { totalTimeoutMs } = owner.limits;
    this.#onAbort = () => this.#fail(new UpstreamError('aborted', 'nobody waits for the response any more'));
    signal.addEventListener('abort', this.#onAbort, { once: true });
    if (totalTimeoutMs <= MAX_TIMEOUT_MS) {
      this.#totalTimer = this.#timer('response not complete within totalTimeout', totalTimeoutMs);
    }
    if (signal.aborted) this.#onAbort();
  }

  /** Whether it failed before it began: it must not be dispatched. */
  get isFailed(): boolean {
    return this.#failure !== undefined;
  }

  usesConnection(connection: OriginConnection): void {
    this.#connection = connection;
  }

  /** The reader of the body is behind. */
  pause(): void {
    this.#controller?.pause();
  }

  /** The reader of the body has caught up. */
  resume(): void {
    this.#phaseTimer?.refresh();
    this.#controller?.resume();
  }

  /** The reader of the body has left. */
  cancel(): void {
    this.#fail(new UpstreamError('aborted', 'the reader of the response left'));
  }

  /** Content is still being sent: the origin cannot be expected to answer yet. */
  sentContent(): void {
    if (this.#responseHead === undefined) this.#phaseTimer?.refresh();
  }

  /** The response of a head that {@link head} resolved with. A body that is already complete is one piece. */
  response(head: ResponseHead): HttpResponse {
    const reason = head.reason === undefined ? {} : { reason: head.reason };
    const base = { status: head.status, ...reason, headers: head.headers };
    const body = this.#body;
    if (body === undefined) return { ...base, body: null };
    if (body.isComplete) {
      const trailers = this.#trailers === undefined ? {} : { trailers: Promise.resolve(this.#trailers) };
      return { ...base, body: body.takeWhole(), ...trailers };
    }
    this.#watchIdle(head);
    const trailers = new Promise<HeaderFields>((resolve) => (this.#resolveTrailers = resolve));
    if (this.#isDone) this.#resolveTrailers!(HeaderFields.empty);
    return { ...base, body, trailers };
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.wasSent = true;
    if (this.#failure !== undefined) return controller.abort(this.#failure);
    const { firstByteTimeoutMs } = this.#owner.limits;
    if (firstByteTimeoutMs <= MAX_TIMEOUT_MS) {
      this.#phaseTimer = this.#timer('no response within firstByteTimeout', firstByteTimeoutMs);
    }
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, _: unknown, reason?: string): void {
    const rawFields = (controller.rawHeaders ?? []) as RawFields;
    try {
      if (status >= 100 && status < 200) return this.#onInterim(status, rawFields);
      this.#responseHead = readResponseHead(status, reason, rawFields, {
        method: this.#request.method,
        isHttp2: this.#connection?.isHttp2 === true,
        maxFields: this.#owner.limits.headerFields,
      });
    } catch (error) {
      return this.#fail(upstreamError(error, this.#owner.name, true));
    }
    clearTimeout(this.#phaseTimer);
    this.#phaseTimer = undefined;
    if (this.#responseHead.bodyEnd !== 'none') this.#body = new BodyQueue(this);
    this.#isSettled = true;
    this.#owner.onHead(this.#request.permit);
    this.#resolve(this.#responseHead);
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    const head = this.#responseHead;
    if (head === undefined || this.#body === undefined) return;
    this.#received += chunk.length;
    if (head.length !== undefined && this.#received > head.length) {
      return this.#fail(this.#error('protocol', 'the body is longer than Content-Length'));
    }
    this.#phaseTimer?.refresh();
    this.#body.push(chunk);
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    const head = this.#responseHead;
    if (head === undefined) return this.#fail(this.#error('protocol', 'the response ended before its head'));
    if (head.length !== undefined && this.#received !== head.length) {
      return this.#fail(this.#error('reset', 'the body is shorter than Content-Length'));
    }
    if (head.bodyEnd === 'close' && this.#connection?.isBroken === true) {
      return this.#fail(this.#error('reset', 'the connection that delimits the body was reset'));
    }
    this.#readTrailers(controller);
    this.#finish(undefined);
    this.#body?.end();
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#fail(upstreamError(error, this.#owner.name, this.wasSent));
  }

  onRequestUpgrade(controller: Dispatcher.DispatchController, status: number, _: unknown, socket: Duplex): void {
    clearTimeout(this.#phaseTimer);
    if (this.#failure !== undefined || status !== 101) {
      socket.destroy();
      return this.#fail(this.#error('protocol', `the origin changed the protocol with status ${status}`));
    }
    const rawFields = (controller.rawHeaders ?? []) as RawFields;
    try {
      const headers = readInterimFields(rawFields, this.#owner.limits.headerFields);
      const protocol = fieldOf(rawFields, 'upgrade')?.toLowerCase();
      this.#finish(undefined);
      this.#isSettled = true;
      this.#resolve({ protocol, headers, socket });
    } catch (error) {
      socket.destroy();
      this.#fail(upstreamError(error, this.#owner.name, true));
    }
  }

  #onInterim(status: number, rawFields: RawFields): void {
    if (++this.#interim > MAX_INTERIM) throw this.#error('protocol', `more than ${MAX_INTERIM} interim responses`);
    this.#request.context.onInformational?.(status, readInterimFields(rawFields, this.#owner.limits.headerFields));
  }

  /** From the head on the origin may be silent for `idleTimeout`; an event stream as long as it likes, and it frees its place. */
  #watchIdle(head: ResponseHead): void {
    if (this.#isDone) return;
    if (/^text\/event-stream\b/i.test(head.headers.get('content-type') ?? '')) {
      this.#free(undefined);
      return;
    }
    const { idleTimeoutMs } = this.#owner.limits;
    if (idleTimeoutMs > MAX_TIMEOUT_MS) return;
    const watch = (): void => {
      if (this.#isDone) return;
      // Nobody can blame the origin for silence while we do not listen.
      if (this.#body?.isPaused === true) this.#phaseTimer?.refresh();
      else this.#fail(this.#error('timeout', 'no byte of the body within idleTimeout'));
    };
    this.#phaseTimer = setTimeout(watch, idleTimeoutMs).unref();
  }

  #readTrailers(controller: Dispatcher.DispatchController): void {
    const { rawTrailers } = controller;
    if (Array.isArray(rawTrailers) && rawTrailers.length > 0) {
      try {
        this.#trailers = readTrailers(rawTrailers);
      } catch {
        // Malformed trailers say nothing about the body, which is complete: they are left out.
        this.#trailers = undefined;
      }
    }
    this.#resolveTrailers?.(this.#trailers ?? HeaderFields.empty);
  }

  #timer(message: string, timeoutMs: number): NodeJS.Timeout {
    return setTimeout(() => this.#fail(this.#error('timeout', message)), timeoutMs).unref();
  }

  #error(fault: 'protocol' | 'reset' | 'timeout', message: string): UpstreamError {
    const { name: upstream } = this.#owner;
    return new UpstreamError(fault, `${upstream}: ${message}`, { upstream });
  }

  #fail(error: UpstreamError): void {
    if (this.#isDone) return;
    const controller = this.#controller;
    this.#failure = error;
    this.#finish(error);
    if (this.#isSettled) this.#body?.fail(error);
    else this.#reject(error);
    this.#isSettled = true;
    this.#resolveTrailers?.(HeaderFields.empty);
    controller?.abort(error);
  }

  #finish(error: UpstreamError | undefined): void {
    if (this.#isDone) return;
    this.#isDone = true;
    clearTimeout(this.#phaseTimer);
    clearTimeout(this.#totalTimer);
    // Whoever still reads the body needs nothing of the connection, and must not keep alive what belongs to it.
    this.#controller = undefined;
    this.#connection = undefined;
    this.#request.context.signal.removeEventListener('abort', this.#onAbort);
    this.#free(error);
  }

  #free(error: UpstreamError | undefined): void {
    if (this.#isFree) return;
    this.#isFree = true;
    this.#owner.onDone(this.#request.permit, error);
    this.#request.onDone();
  }
}
