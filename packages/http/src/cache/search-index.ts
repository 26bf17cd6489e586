import { expiresAt, type Cache, type FillLeases, type MemoryRecord } from '@cachewarp/core';
import { HeaderFields } from '../message/headers.js';
import { canonicalQuery, parseNoVarySearch, splitTarget, type NoVarySearch } from '../semantics/no-vary-search.js';
import { KEY_SEPARATOR, type KeyedRequest } from './http-key.js';
import type { ResponseRecord, StoredResponse } from './stored-response.js';
import type { Found, VariantStore } from './variant-store.js';

/** Which rules the responses of one path gave for their queries, the newest first, as they stood in No-Vary-Search. */
interface SearchRules {
  readonly kind: 'search';
  readonly rules: readonly string[];
}

/** Where the last response stands that answers every query of one canonical form. */
interface SearchAlias {
  readonly kind: 'alias';
  readonly key: string;
}

/** Rules that one path may have at a time. Each costs a look-up of a query that is not found as it is. */
const MAX_RULES = 4;

/** Caches into whose memory rules were ever put: in all others there is nothing to look for. */
const HAVE_RULES = new WeakSet<Cache>();

/**
 * Responses that answer other queries than their own (No-Vary-Search): beside the entries, one small entry a path tells the rules, and
 * one a canonical query tells where the response stands. They are asked only when a target is not found as it is.
 */
export class SearchIndex {
  readonly #cache: Cache;
  readonly #leases: FillLeases;
  readonly #variants: VariantStore;

  constructor(cache: Cache, leases: FillLeases, variants: VariantStore) {
    this.#cache = cache;
    this.#leases = leases;
    this.#variants = variants;
  }

  /** Enters a response that was kept, if it says that it answers other queries, too. */
  note(keyed: KeyedRequest, { headers }: StoredResponse, record: ResponseRecord): void {
    const fields = HeaderFields.fromRaw(headers);
    const text = fields.get('no-vary-search');
    const rule = text === undefined ? undefined : parseNoVarySearch(fields);
    if (text === undefined || rule === undefined) return;
    const until = expiresAt(record.entry);
    const rulesKey = rulesKeyOf(keyed);
    const known = this.#rulesOf(this.#leases.local(rulesKey));
    if (known[0] !== text) {
      const rules = [text, ...known.filter((other) => other !== text)].slice(0, MAX_RULES);
      this.#put(rulesKey, { kind: 'search', rules } satisfies SearchRules, until);
    } else this.#prolong(rulesKey, until);
    this.#put(aliasKeyOf(keyed, text, rule), { kind: 'alias', key: keyed.key } satisfies SearchAlias, until);
  }

  /** What memory has for another query that gets the same answer. */
  local(keyed: KeyedRequest): Found | undefined {
    if (!this.#leases.hasStore && !HAVE_RULES.has(this.#cache)) return undefined;
    for (const text of this.#rulesOf(this.#leases.local(rulesKeyOf(keyed)))) {
      const rule = parseRule(text);
      const alias = rule && this.#leases.local(aliasKeyOf(keyed, text, rule));
      const found = this.#follow(keyed, alias);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** {@link local}, asking the tier behind the memory, too. Never rejects. */
  async fetch(keyed: KeyedRequest): Promise<Found | undefined> {
    for (const text of this.#rulesOf(await this.#leases.lookup(rulesKeyOf(keyed)))) {
      const rule = parseRule(text);
      const alias = rule && (await this.#leases.lookup(aliasKeyOf(keyed, text, rule)));
      const key = keyIn(alias);
      if (key !== undefined) await this.#variants.fetch({ ...keyed, key });
    }
    return this.local(keyed);
  }

  #follow(keyed: KeyedRequest, alias: MemoryRecord | undefined): Found | undefined {
    const key = keyIn(alias);
    if (key === undefined) return undefined;
    const found = this.#variants.local({ ...keyed, key });
    // The response stands under another URI. Whoever purged the one that is asked for now meant this answer, too.
    return found.record !== undefined && this.#leases.isValid(found.record, keyed.primary) ? found : undefined;
  }

  #rulesOf(record: MemoryRecord | undefined): readonly string[] {
    const value = record?.entry.value as Partial<SearchRules> | null | undefined;
    return value?.kind === 'search' && Array.isArray(value.rules) ? (value.rules as string[]) : [];
  }

  #prolong(key: string, until: number): void {
    const record = this.#leases.local(key);
    if (record !== undefined && expiresAt(record.entry) < until) this.#put(key, record.entry.value, until);
  }

  #put(key: string, value: unknown, until: number): void {
    HAVE_RULES.add(this.#cache);
    const { written } = this.#leases.open(key).commit({ value, freshUntil: until, loadMs: 0, tags: [] });
    if (written instanceof Promise) this.#cache.parts.background.run(`store ${key}`, written);
  }
}

function parseRule(text: string): NoVarySearch | undefined {
  return parseNoVarySearch(HeaderFields.fromObject({ 'No-Vary-Search': text }));
}

/** Beside the path's own key, with the dimensions of the request. */
function rulesKeyOf({ primary, key }: KeyedRequest): string {
  return `${splitTarget(primary).path}${key.slice(primary.length)}${KEY_SEPARATOR}search`;
}

function aliasKeyOf(keyed: KeyedRequest, text: string, rule: NoVarySearch): string {
  return `${rulesKeyOf(keyed)} ${text}?${canonicalQuery(splitTarget(keyed.primary).query, rule)}`;
}

function keyIn(alias: MemoryRecord | undefined): string | undefined {
  const value = alias?.entry.value as Partial<SearchAlias> | null | undefined;
  return value?.kind === 'alias' && typeof value.key === 'string' ? value.key : undefined;
}
