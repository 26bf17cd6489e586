import { STATUS_CODES, type ServerResponse } from 'node:http';
import { constants, type Http2ServerResponse } from 'node:http2';
import type { Readable } from 'node:stream';
import { renderClosing, type RenderedProblem } from './problem.js';
import {
  connectionOf,
  joinAnswer,
  MAX_COPIED_BYTES,
  renderFields,
  renderKeepAlive,
  writeWhole,
} from './whole-answer.js';

/** How long content that nobody wants is read after the answer was given. */
const LINGER_MS = 2_000;

/**
 * The way back to a client, over either protocol. Fields are flat lists as everywhere; what is written before the head was sent goes out
 * together with it.
 */
export interface ClientResponse {
  /** Whether the client is gone, or everything was written. */
  readonly isClosed: boolean;
  /** Whether the head was given already. */
  readonly hasHead: boolean;
  /** @throws TypeError when a field cannot be sent */
  writeHead(status: number, reason: string | undefined, fields: readonly string[]): void;
  /**
   * A whole answer, in place of {@link writeHead} and {@link end}.
   *
   * @throws TypeError when a field cannot be sent
   */
  answer(status: number, reason: string | undefined, fields: readonly string[], body: Uint8Array | null): void;
  /** Whether the client can take more at once; else wait for {@link onceReady}. */
  write(chunk: Uint8Array): boolean;
  end(chunk?: Uint8Array): void;
  /** Sends the head now, though no content has come. */
  flush(): void;
  trailers(fields: readonly string[]): void;
  /** Sends an interim response (1xx), where client and moment allow it. */
  inform(status: number, fields: readonly string[]): void;
  /**
   * Answers with an error and ends the connection (HTTP/2: the stream).
   *
   * @param content - what may still be coming from the client; it is read and dropped for a moment, because a connection that is closed
   * with unread content in it is reset, and the client might never see the answer
   */
  close(problem: RenderedProblem, content?: Readable): void;
  /** Breaks off so that the client can tell. */
  abort(): void;
  /** Calls once, when the client can take more, or is gone. */
  onceReady(listener: () => void): void;
  /** Calls once, when the client is gone or everything was written. */
  onClose(listener: (isComplete: boolean) => void): void;
}

/** Over HTTP/1. */
export class Http1Response implements ClientResponse {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  get isClosed(): boolean {
    return this.#response.destroyed || this.#response.writableEnded;
  }

  get hasHead(): boolean {
    return this.#response.headersSent;
  }

  writeHead(status: number, reason: string | undefined, fields: readonly string[]): void {
    // Node's types want a mutable list; it only reads it.
    const raw = fields as string[];
    if (reason === undefined) this.#response.writeHead(status, raw);
    else this.#response.writeHead(status, reason, raw);
  }

  answer(status: number, reason: string | undefined, fields: readonly string[], body: Uint8Array | null): void {
    const response = this.#response;
    const isOrdinary = !response.shouldKeepAlive || response.headersSent || response.req.httpVersionMinor !== 1;
    const socket = isOrdinary ? undefined : connectionOf(response);
    const head = socket === undefined ? undefined : headOfWhole(response, status, reason, fields, body);
    if (socket === undefined || head === undefined) {
      this.writeHead(status, reason, fields);
      this.end(body ?? undefined);
    } else if (body === null || body.length === 0) writeWhole(response, socket, status, head, undefined);
    else if (body.length > MAX_COPIED_BYTES) writeWhole(response, socket, status, head, body);
    else writeWhole(response, socket, status, undefined, joinAnswer(head, body, false));
  }

  write(chunk: Uint8Array): boolean {
    return this.#response.write(chunk);
  }

  end(chunk?: Uint8Array): void {
    this.#response.end(chunk);
  }

  flush(): void {
    if (!this.isClosed) this.#response.flushHeaders();
  }

  trailers(fields: readonly string[]): void {
    const pairs: [string, string][] = [];
    for (let at = 0; at < fields.length; at += 2) pairs.push([fields[at]!, fields[at + 1]!]);
    this.#response.addTrailers(pairs);
  }

  inform(status: number, fields: readonly string[]): void {
    const { socket, req } = this.#response;
    // Without a socket it is not yet this response's turn on a connection with several requests under way.
    if (socket === null || this.#response.headersSent || req.httpVersion !== '1.1') return;
    let head = `HTTP/1.1 ${status} ${status === 103 ? 'Early Hints' : status === 102 ? 'Processing' : 'Interim'}\r\n`;
    for (let at = 0; at < fields.length; at += 2) head += `${fields[at]!}: ${fields[at + 1]!}\r\n`;
    socket.write(`${head}\r\n`, 'latin1');
  }

  close({ status, fields, body }: RenderedProblem, content?: Readable): void {
    const response = this.#response;
    const { socket } = response;
    if (content === undefined || content.readableEnded || socket === null) {
      response.shouldKeepAlive = false;
      response.writeHead(status, fields as string[]);
      response.end(body);
      return;
    }
    content.resume();
    socket.end(renderClosing(status, fields, body));
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  }

  abort(): void {
    const { socket, req } = this.#response;
    // A body that ends with its connection must end by a reset: an orderly end would pass for the end of the body.
    if (socket !== null && req.httpVersion === '1.0') socket.resetAndDestroy();
    else this.#response.destroy();
  }

  onceReady(listener: () => void): void {
    const response = this.#response;
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      listener();
    };
    response.on('drain', done);
    response.on('close', done);
  }

  onClose(listener: (isComplete: boolean) => void): void {
    this.#response.once('close', () => listener(this.#response.writableFinished));
  }
}

/** Over HTTP/2. */
export class Http2Response implements ClientResponse {
  readonly #response: Http2ServerResponse;

  constructor(response: Http2ServerResponse) {
    this.#response = response;
  }

  get isClosed(): boolean {
    return this.#response.stream === undefined || this.#response.stream.destroyed || this.#response.writableEnded;
  }

  get hasHead(): boolean {
    return this.#response.headersSent;
  }

  writeHead(status: number, _reason: string | undefined, fields: readonly string[]): void {
    this.#response.writeHead(status, fieldsObject(fields));
  }

  answer(status: number, reason: string | undefined, fields: readonly string[], body: Uint8Array | null): void {
    this.writeHead(status, reason, fields);
    this.end(body ?? undefined);
  }

  write(chunk: Uint8Array): boolean {
    return this.#response.write(chunk);
  }

  end(chunk?: Uint8Array): void {
    if (chunk === undefined) this.#response.end();
    else this.#response.end(chunk);
  }

  flush(): void {
    // Over HTTP/2 a head goes out when it is written.
  }

  trailers(fields: readonly string[]): void {
    this.#response.addTrailers(fieldsObject(fields));
  }

  inform(status: number, fields: readonly string[]): void {
    if (this.isClosed || this.#response.headersSent) return;
    this.#response.stream.additionalHeaders({ ':status': status, ...fieldsObject(fields) });
  }

  close({ status, fields, body }: RenderedProblem): void {
    if (this.isClosed) return;
    this.writeHead(status, undefined, fields);
    this.#response.end(body);
  }

  abort(): void {
    const { stream } = this.#response;
    if (stream !== undefined && !stream.destroyed) stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }

  onceReady(listener: () => void): void {
    const response = this.#response;
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      listener();
    };
    response.on('drain', done);
    response.on('close', done);
  }

  onClose(listener: (isComplete: boolean) => void): void {
    const { stream } = this.#response;
    stream.once('close', () => listener(stream.writableFinished && stream.rstCode === constants.NGHTTP2_NO_ERROR));
  }
}

/**
 * The head of a whole answer over a connection that stays open, as Node would write it; undefined where the fields say something of framing
 * or connection that Node should see to.
 */
function headOfWhole(
  response: ServerResponse,
  status: number,
  reason: string | undefined,
  fields: readonly string[],
  body: Uint8Array | null,
): string | undefined {
  const bytes = body?.length ?? 0;
  let length: string | undefined;
  let hasDate = false;
  for (let at = 0; at < fields.length; at += 2) {
    switch (TELLING[fields[at]!.length] === true ? fields[at]!.toLowerCase() : '') {
      case 'content-length':
        length = fields[at + 1]!;
        break;
      case 'date':
        hasDate = true;
        break;
      case 'connection':
      case 'keep-alive':
      case 'trailer':
      case 'transfer-encoding':
      case 'upgrade':
        return undefined;
    }
  }
  const isBodiless = status === 204 || status === 304;
  if (response.req.method === 'HEAD' || status < 200 || (isBodiless && bytes > 0)) return undefined;
  if (length !== undefined && !isBodiless && length !== String(bytes)) return undefined;
  let head = `HTTP/1.1 ${status} ${reason ?? STATUS_CODES[status] ?? 'unknown'}\r\n${renderFields(fields)}`;
  if (!hasDate) head += `Date: ${new Date().toUTCString()}\r\n`;
  if (length === undefined && !isBodiless) head += `Content-Length: ${bytes}\r\n`;
  // oxlint-disable-next-line no-underscore-dangle -- where Node, and IdleConnections, keep what clients are told
  return `${head}${renderKeepAlive((response as unknown as { _keepAliveTimeout: number })._keepAliveTimeout)}\r\n`;
}

/** Lengths of the names that are looked at. */
const TELLING: readonly (boolean | undefined)[] = byLength([
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

function byLength(names: readonly string[]): (boolean | undefined)[] {
  const lengths: boolean[] = [];
  for (const { length } of names) lengths[length] = true;
  return lengths;
}

/** Lines of the same name become lists, which HTTP/2 writes as lines again. */
function fieldsObject(fields: readonly string[]): Record<string, string | string[]> {
  const object: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at]!.toLowerCase();
    const value = fields[at + 1]!;
    const before = object[name];
    if (before === undefined) object[name] = value;
    else object[name] = Array.isArray(before) ? [...before, value] : [before, value];
  }
  return object;
}
