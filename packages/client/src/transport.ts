import { CacheConnectionError, CacheResponseError, CacheTimeoutError, type Problem } from './errors.js';

/** How the client talks to the service. */
export interface TransportOptions {
  /** `http://127.0.0.1:8000` */
  readonly url: string;
  /** Bearer token. @defaultValue none */
  readonly token?: string;
  /** How long one try may take, in ms. @defaultValue 2000 */
  readonly timeout?: number;
  /** How often what may be sent twice is tried again. @defaultValue 2 */
  readonly retries?: number;
  /** Longest pause before the first try again, in ms; it doubles with each, and a random part of it is waited. @defaultValue 100 */
  readonly retryDelay?: number;
  /** In place of the global `fetch`. */
  readonly fetch?: typeof fetch;
}

/** One request. */
export interface Ask {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Whether doing it twice is as good as once. */
  readonly isRepeatable: boolean;
  /** Statuses that are answers and no errors, beside 2xx. */
  readonly accepts?: readonly number[];
}

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Not done, and worth another try: RFC 9110 sections 15.6.3 to 15.6.5, RFC 6585 section 4. */
const AGAIN = new Set([429, 502, 503, 504]);
/** The longest that a Retry-After is waited for, in ms. */
const MAX_PAUSE_MS = 5_000;

/** Sends requests, each within its time, and again where that is safe. */
export class Transport {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #timeoutMs: number;
  readonly #retries: number;
  readonly #retryDelayMs: number;
  readonly #fetch: typeof fetch;

  /** @throws TypeError naming the faulty option and its value */
  constructor({ url, token, timeout = 2000, retries = 2, retryDelay = 100, fetch: given }: TransportOptions) {
    if (typeof url !== 'string' || !/^https?:\/\//.test(url) || !URL.canParse(url)) {
      throw new TypeError(`url must be a URL such as 'http://127.0.0.1:8000', got ${JSON.stringify(url)}`);
    }
    this.#url = url.replace(/\/+$/, '');
    this.#headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    this.#timeoutMs = atLeast('timeout', timeout, 1);
    this.#retries = atLeast('retries', retries, 0);
    this.#retryDelayMs = atLeast('retryDelay', retryDelay, 0);
    this.#fetch = given ?? ((input, init) => fetch(input, init));
  }

  /** @throws CacheResponseError, CacheConnectionError, CacheTimeoutError, rejected */
  async send(ask: Ask): Promise<Answer> {
    const name = `${ask.method} ${ask.path.length > 100 ? `${ask.path.slice(0, 100)}…` : ask.path}`;
    for (let tried = 0; ; tried++) {
      const isLast = tried >= this.#retries;
      try {
        const answer = await this.#once(ask);
        if (answer.status < 300 || ask.accepts?.includes(answer.status) === true) return answer;
        // Too busy is said before anything was done, so that whatever it was may be asked again.
        const mayRepeat = ask.isRepeatable || answer.status === 429 || answer.status === 503;
        if (isLast || !mayRepeat || !AGAIN.has(answer.status))
          throw new CacheResponseError(answer.status, problemOf(answer), name);
        await this.#pause(tried, answer.headers.get('retry-after'));
      } catch (error) {
        if (error instanceof CacheResponseError) throw error;
        // Sent or not, nobody knows: only what may be done twice is sent again.
        if (isLast || !ask.isRepeatable) throw this.#named(error, name);
        await this.#pause(tried, null);
      }
    }
  }

  async #once({ method, path, headers, body }: Ask): Promise<Answer> {
    const init = {
      method,
      headers: { ...this.#headers, ...headers },
      signal: AbortSignal.timeout(this.#timeoutMs),
      redirect: 'error' as const,
      ...(body !== undefined && { body: body as Exclude<RequestInit['body'], undefined> }),
    };
    const response = await this.#fetch(this.#url + path, init);
    // Also with HEAD and 304: a body that is not read keeps its connection.
    const bytes = new Uint8Array(await response.arrayBuffer());
    return { status: response.status, headers: response.headers, body: bytes };
  }

  #named(error: unknown, name: string): Error {
    const isTimeout = error instanceof Error && error.name === 'TimeoutError';
    return isTimeout ? new CacheTimeoutError(name, this.#timeoutMs, error) : new CacheConnectionError(name, error);
  }

  /** Waits a random part of a time that doubles, so that clients that failed together do not come back together. */
  #pause(tried: number, retryAfter: string | null): Promise<void> {
    const asked = retryAfter !== null && /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : 0;
    const own = Math.random() * this.#retryDelayMs * 2 ** tried;
    return new Promise((resolve) => setTimeout(resolve, Math.min(asked + own, MAX_PAUSE_MS)));
  }
}

function problemOf({ headers, body }: Answer): Problem | undefined {
  if (!(headers.get('content-type') ?? '').startsWith('application/problem+json')) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(body)) as Problem;
  } catch {
    // Cut, or none at all: the status says enough.
    return undefined;
  }
}

function atLeast(name: string, value: number, min: number): number {
  if (typeof value === 'number' && value >= min && value < 2 ** 31) return value;
  throw new TypeError(`${name} must be a number from ${min}, got ${String(value)}`);
}
