import { createCache, type Cache, type CreateCacheOptions } from '@cachewarp/core';
import { Deferred, FakeClock } from '@cachewarp/core/testing';
import { HttpCache } from '#src/cache/http-cache.js';
import type { HttpCacheOptions } from '#src/cache/http-cache-options.js';
import { resolveHttpPolicy } from '#src/cache/http-policy.js';
import type { HttpPolicyOptions } from '#src/cache/http-policy-options.js';
import { HeaderFields, type HeaderFieldsInit } from '#src/message/headers.js';
import type { HttpRequest, HttpResponse, OriginContext, ResponseBody } from '#src/message/http-message.js';
import { formatHttpDate } from '#src/message/http-date.js';

/** What a test says of a request; the rest is a GET of `/`. */
export interface RequestInit {
  method?: string;
  authority?: string;
  scheme?: 'http' | 'https';
  headers?: HeaderFieldsInit;
  body?: AsyncIterable<Uint8Array>;
  signal?: AbortSignal;
}

export function makeRequest(target = '/', init: RequestInit = {}): HttpRequest {
  const { method = 'GET', authority = 'example.com', scheme = 'http', headers = {}, body, signal } = init;
  return {
    method,
    scheme,
    authority,
    target,
    headers: HeaderFields.fromObject(headers),
    ...(body && { body }),
    ...(signal && { signal }),
  };
}

/** What a test says of a response. */
export interface ResponseInit {
  status?: number;
  reason?: string;
  headers?: HeaderFieldsInit;
  body?: string | ResponseBody;
}

export function makeResponse(init: ResponseInit = {}): HttpResponse {
  const { status = 200, reason, headers = {}, body = 'body' } = init;
  return {
    status,
    ...(reason !== undefined && { reason }),
    headers: HeaderFields.fromObject(headers),
    body: typeof body === 'string' ? Buffer.from(body) : body,
  };
}

type Handler = (request: HttpRequest, context: OriginContext, call: number) => ResponseInit | Promise<ResponseInit>;

/** An origin in memory: remembers what it was asked, and answers what the test says. */
export class OriginDouble {
  readonly requests: HttpRequest[] = [];
  readonly contexts: OriginContext[] = [];
  readonly #clock: FakeClock;
  handler: Handler;

  constructor(clock: FakeClock, handler: Handler) {
    this.#clock = clock;
    this.handler = handler;
  }

  get calls(): number {
    return this.requests.length;
  }

  /** The fields of the last request. */
  get lastHeaders(): HeaderFields {
    return this.requests.at(-1)?.headers ?? HeaderFields.empty;
  }

  readonly serve = async (request: HttpRequest, context: OriginContext): Promise<HttpResponse> => {
    this.requests.push(request);
    this.contexts.push(context);
    const init = await this.handler(request, context, this.requests.length);
    return makeResponse({ ...init, headers: { Date: formatHttpDate(this.#clock.now()), ...init.headers } });
  };
}

/** A body that the test sends piece by piece. */
export class BodyDouble implements AsyncIterable<Uint8Array> {
  readonly #pieces: (Uint8Array | Error | 'end')[] = [];
  #arrived = new Deferred();
  /** How many pieces were taken. */
  taken = 0;
  isCalledOff = false;

  send(...pieces: string[]): this {
    for (const piece of pieces) this.#push(Buffer.from(piece));
    return this;
  }

  end(): this {
    return this.#push('end');
  }

  breakOff(error: Error = new Error('socket hang up')): this {
    return this.#push(error);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        while (this.#pieces.length === 0) await this.#arrived.promise;
        const piece = this.#pieces.shift()!;
        if (piece === 'end') return;
        if (piece instanceof Error) throw piece;
        this.taken++;
        yield piece;
      }
    } finally {
      this.isCalledOff = true;
    }
  }

  #push(piece: Uint8Array | Error | 'end'): this {
    this.#pieces.push(piece);
    this.#arrived.resolve();
    this.#arrived = new Deferred();
    return this;
  }
}

/** The whole content of an answer, as text. */
export async function textOf({ body }: HttpResponse): Promise<string> {
  if (body === null) return '';
  if (body instanceof Uint8Array) return Buffer.from(body).toString('latin1');
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces).toString('latin1');
}

export function xCache({ headers }: HttpResponse): string | undefined {
  return headers.get('x-cache');
}

/** An HTTP cache over a fresh in-memory cache, an origin, and a clock that stands still. */
export interface Rig {
  readonly cache: Cache;
  readonly http: HttpCache;
  readonly clock: FakeClock;
  readonly origin: OriginDouble;
  readonly get: (target?: string, init?: RequestInit) => Promise<HttpResponse>;
}

export interface RigOptions {
  policy?: HttpPolicyOptions;
  cache?: CreateCacheOptions;
  http?: HttpCacheOptions;
  origin?: Handler;
}

export function makeRig({
  policy = {},
  cache: cacheOptions = {},
  http: httpOptions = {},
  origin: handler,
}: RigOptions = {}): Rig {
  const clock = new FakeClock();
  const cache = createCache({ clock, random: () => 0.5, ...cacheOptions });
  const http = new HttpCache(cache, { random: () => 0.5, ...httpOptions });
  const origin = new OriginDouble(clock, handler ?? (() => ({ headers: { 'Cache-Control': 'max-age=60' } })));
  const resolved = resolveHttpPolicy(policy);
  const get = (target?: string, init?: RequestInit): Promise<HttpResponse> =>
    http.handle(makeRequest(target, init), origin.serve, resolved);
  return { cache, http, clock, origin, get };
}
