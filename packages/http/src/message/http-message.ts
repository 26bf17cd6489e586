import { abortSignalOf, type CancelSignal } from './canceller.js';
import type { HeaderFields } from './headers.js';

/** A request as a cache sees it. */
export interface HttpRequest {
  /** The method token exactly as sent; methods are case-sensitive (RFC 9110 §9.1): `get` is not `GET`. */
  readonly method: string;
  readonly scheme: 'http' | 'https';
  /** Host with port where one was given: what the Host field, `:authority` or an absolute-form target said. */
  readonly authority: string;
  /** Path and query exactly as sent; nothing is decoded, sorted or resolved. `*` for an OPTIONS of the whole server. */
  readonly target: string;
  readonly headers: HeaderFields;
  /** Absent when the request has no content. */
  readonly body?: AsyncIterable<Uint8Array>;
  /** Aborted when the client left. */
  readonly signal?: CancelSignal;
}

/** Content as one piece, as a stream, or none. A stream is read at most once; it throws when the content ends too early. */
export type ResponseBody = Uint8Array | AsyncIterable<Uint8Array> | null;

/** A final response. Interim ones (1xx) go to {@link OriginContext.onInformational}. */
export interface HttpResponse {
  /** 200 to 999: statuses of unknown classes pass too. */
  readonly status: number;
  /** The reason phrase, where the protocol version has one. */
  readonly reason?: string;
  readonly headers: HeaderFields;
  readonly body: ResponseBody;
  /** Settles when the body was read to its end. */
  readonly trailers?: Promise<HeaderFields>;
}

/** What an origin is told besides the request. */
export interface OriginContext {
  /** Aborted when nobody wants the answer any more. */
  readonly signal: AbortSignal;
  /** The same, for who needs no real AbortSignal, which costs more than all else about most requests. */
  readonly cancel?: CancelSignal;
  /** Whether nobody waits for the answer: what is stored was given already, and is only to be renewed. */
  readonly isBackground?: boolean;
  /** Called for each 1xx response, in order, before the final response. */
  readonly onInformational?: (status: number, headers: HeaderFields) => void;
}

/**
 * Whoever answers what the cache cannot: an upstream server, or the rest of a middleware chain. Rejects when no complete head of a
 * final response arrived.
 */
export type Origin = (request: HttpRequest, context: OriginContext) => Promise<HttpResponse>;

/** What an origin is told of one request; the AbortSignal is made only for an origin that asks for it. */
export class OriginCall implements OriginContext {
  readonly cancel: CancelSignal;
  readonly isBackground: boolean;

  constructor(cancel: CancelSignal, isBackground = false) {
    this.cancel = cancel;
    this.isBackground = isBackground;
  }

  get signal(): AbortSignal {
    return abortSignalOf(this.cancel);
  }
}
