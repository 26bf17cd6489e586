import type { CancelSignal, HeaderFields, HttpRequest } from '@cachewarp/http';

/** A client's request as it is keyed and sent on, and what the front needs to know beside. */
export class ProxyRequest implements HttpRequest {
  readonly method: string;
  readonly scheme: 'http' | 'https';
  readonly authority: string;
  readonly target: string;
  /** Replaced by the front where a rule edits them, before the request is keyed. */
  headers: HeaderFields;
  /** Set by the front when there is content to send on. */
  declare body?: AsyncIterable<Uint8Array>;
  /** Set by the front when the request is not answered at once. */
  declare signal?: CancelSignal;

  /** Bytes of content announced; undefined when it comes in chunks. 0 when there is none, or it is not sent on. */
  readonly contentLength: number | undefined;
  /** Whether the client waits for 100 Continue before it sends content. */
  readonly expectsContinue: boolean;
  /** The protocol that the client asks to change to, in lower case; undefined when it does not. */
  readonly upgrade: string | undefined;
  /** Whether the client can take trailer fields (RFC 9110 §6.5.1). */
  readonly acceptsTrailers: boolean;
  /** X-Request-Id as sent. */
  readonly sentRequestId: string | undefined;

  constructor(parts: {
    method: string;
    scheme: 'http' | 'https';
    authority: string;
    target: string;
    headers: HeaderFields;
    contentLength: number | undefined;
    expectsContinue: boolean;
    upgrade: string | undefined;
    acceptsTrailers: boolean;
    sentRequestId: string | undefined;
  }) {
    this.method = parts.method;
    this.scheme = parts.scheme;
    this.authority = parts.authority;
    this.target = parts.target;
    this.headers = parts.headers;
    this.contentLength = parts.contentLength;
    this.expectsContinue = parts.expectsContinue;
    this.upgrade = parts.upgrade;
    this.acceptsTrailers = parts.acceptsTrailers;
    this.sentRequestId = parts.sentRequestId;
  }

  /** Whether there is content that is sent on. */
  get hasContent(): boolean {
    return this.contentLength !== 0;
  }
}
