import type { HttpCache } from '@cachewarp/http';
import { isRefusal } from '../request/refusal.js';
import type { RequestReader } from '../request/request-reader.js';
import type { RuleSet } from '../rules/rule-set.js';

/** Says what a plain GET of a URL would get from the proxy now, and why. It takes the same way as a client's request, without going. */
export class UrlExplainer {
  readonly #cache: Pick<HttpCache, 'explain'>;
  #reader: RequestReader;
  #rules: RuleSet;

  constructor(parts: { cache: Pick<HttpCache, 'explain'>; reader: RequestReader; rules: RuleSet }) {
    this.#cache = parts.cache;
    this.#reader = parts.reader;
    this.#rules = parts.rules;
  }

  reconfigure({ reader, rules }: { reader: RequestReader; rules: RuleSet }): void {
    this.#reader = reader;
    this.#rules = rules;
  }

  /** @returns undefined for what is no URL, or one that clients of this proxy would be refused */
  async explain(text: string): Promise<object | undefined> {
    const parts = /^(https?):\/\/([^/?#]+)([^#]*)/i.exec(text);
    if (parts === null) return undefined;
    const [, scheme, authority, rest] = parts as unknown as [string, string, string, string];
    const head = {
      method: 'GET',
      target: rest.startsWith('/') ? rest : `/${rest}`,
      version: '1.1',
      rawHeaders: ['Host', authority],
    };
    const peer = {
      address: '127.0.0.1',
      isTrusted: false,
      scheme: scheme.toLowerCase() as 'http' | 'https',
      isEnding: false,
    };
    const request = this.#reader.read(head, peer);
    if (isRefusal(request)) return undefined;
    const route = this.#rules.routeOf(request);
    if (route.requestEdits !== undefined) request.headers = route.requestEdits.edit(request.headers);
    return { rule: route.name, ...(await this.#cache.explain(request, route.policy)) };
  }
}
