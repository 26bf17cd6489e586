import type { HttpRequest } from '../message/http-message.js';
import { keyRequest, normaliseTarget, type KeyedRequest } from './http-key.js';
import type { HttpPolicy } from './http-policy.js';
import { isPlainRequest } from './plain-request.js';
import { variantSuffix } from './variant-suffix.js';

/** Lists of Vary that are remembered with what they come to. Beyond, requests go the ordinary way. */
const MAX_SELECTORS = 16;

/**
 * What one policy makes of the fields of a plain GET that comes again and again, for whatever target: read once, so that a look-up is left
 * with joining a key. Made by `HttpCache.know`.
 */
export class KnownRequest {
  /** Whether a cookie among the fields may make the request personal. */
  readonly hasPersonalCookie: boolean;
  readonly #policy: HttpPolicy;
  readonly #keyHead: string;
  readonly #keyTail: string;
  readonly #headers: HttpRequest['headers'];
  readonly #varying: ReadonlySet<string>;
  readonly #suffixes = new Map<string, string>();

  private constructor(keyed: KeyedRequest, policy: HttpPolicy, varying: ReadonlySet<string>) {
    const { primary, key, request, cookiesCount } = keyed;
    this.#policy = policy;
    this.#keyHead = primary.slice(0, -request.target.length);
    this.#keyTail = key.slice(primary.length);
    this.#headers = request.headers;
    this.#varying = varying;
    this.hasPersonalCookie = cookiesCount && request.headers.has('cookie');
  }

  /**
   * @param varying - lower-case names of fields that the others of these requests have with other values
   * @returns undefined where more than method, target and fields decides: a bypass or a context that is a function of the request
   */
  static read(request: HttpRequest, policy: HttpPolicy, varying: ReadonlySet<string>): KnownRequest | undefined {
    if (request.method !== 'GET' || !isPlainRequest(request)) return undefined;
    if (policy.bypass !== undefined || policy.key.context.length > 0) return undefined;
    const keyed = keyRequest(request, policy);
    return keyed === undefined ? undefined : new KnownRequest(keyed, policy, varying);
  }

  /** The key of such a request for this target, which is a path. */
  keyOf(target: string): string {
    return `${this.#keyHead}${normaliseTarget(target, this.#policy.key)}${this.#keyTail}`;
  }

  /** The part of such a key that people and invalidations name. */
  primaryIn(key: string): string {
    return this.#keyTail === '' ? key : key.slice(0, -this.#keyTail.length);
  }

  /** What a key is followed by where these fields select; undefined where that is not the same for all of these requests. */
  readonly suffixOf = (selector: readonly string[]): string | undefined => {
    const text = selector.join(',');
    const known = this.#suffixes.get(text);
    if (known !== undefined) return known;
    if (this.#suffixes.size >= MAX_SELECTORS || selector.some((name) => this.#varying.has(name))) return undefined;
    const suffix = variantSuffix(selector, this.#headers);
    this.#suffixes.set(text, suffix);
    return suffix;
  };
}
