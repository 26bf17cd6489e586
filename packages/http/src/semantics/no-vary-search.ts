import type { HeaderFields } from '../message/headers.js';
import { parseDictionary } from '../message/structured-fields.js';

/**
 * Which parts of a query do not change an answer (No-Vary-Search): a response that names them may answer requests whose queries differ
 * in them only.
 */
export interface NoVarySearch {
  /** Whether the order of parameters of different names counts. */
  readonly variesOnOrder: boolean;
  /** `all`: only the parameters in `except` count. Else: all but these count. */
  readonly ignored: 'all' | ReadonlySet<string>;
  /** With `all`: the parameters that count all the same. */
  readonly except: ReadonlySet<string>;
}

/**
 * Reads No-Vary-Search. `undefined` when absent, invalid or without effect: then the whole query counts, as ever. The rules: a
 * dictionary of `key-order` (Boolean), `params` (Boolean, or inner list of strings) and `except` (inner list of strings, only beside
 * `params` true); any other type of value makes the whole field void, unknown members are ignored.
 */
export function parseNoVarySearch(headers: HeaderFields): NoVarySearch | undefined {
  const value = headers.get('no-vary-search');
  const dictionary = value === undefined ? undefined : parseDictionary(value);
  if (dictionary === undefined) return undefined;
  const keyOrder = dictionary.get('key-order')?.[0] ?? false;
  const params = dictionary.get('params')?.[0] ?? false;
  const except = stringsOf(dictionary.get('except')?.[0] ?? []);
  if (typeof keyOrder !== 'boolean' || except === undefined) return undefined;
  const ignored = params === true ? 'all' : stringsOf(params === false ? [] : params);
  if (ignored === undefined) return undefined;
  // `except` beside anything but `params` true contradicts itself.
  if (dictionary.has('except') && ignored !== 'all') return undefined;
  if (!keyOrder && ignored !== 'all' && ignored.size === 0) return undefined;
  return { variesOnOrder: !keyOrder, ignored, except };
}

/**
 * The query in the one form that all equivalent queries share: parameters that do not count are gone, and where order does not count
 * the rest are sorted by name, those of one name staying in order. Names and values are compared decoded, as `URLSearchParams` decodes.
 *
 * @param query - what stands behind `?`, without it.
 */
export function canonicalQuery(query: string, rules: NoVarySearch): string {
  const parameters = new URLSearchParams(query);
  const kept = [...parameters].filter(([name]) =>
    rules.ignored === 'all' ? rules.except.has(name) : !rules.ignored.has(name),
  );
  // Array.prototype.sort is stable.
  if (!rules.variesOnOrder) kept.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
  return new URLSearchParams(kept).toString();
}

/** Whether two targets (path and query) get the same answer by these rules. The paths must be the same, letter for letter. */
export function isSameSearch(one: string, other: string, rules: NoVarySearch): boolean {
  const here = splitTarget(one);
  const there = splitTarget(other);
  return here.path === there.path && canonicalQuery(here.query, rules) === canonicalQuery(there.query, rules);
}

/** Path and query of a target, the query without its `?`. */
export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const mark = target.indexOf('?');
  return mark === -1 ? { path: target, query: '' } : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}

function stringsOf(value: unknown): ReadonlySet<string> | undefined {
  if (!Array.isArray(value)) return undefined;
  const strings = new Set<string>();
  for (const item of value as readonly unknown[]) {
    const bare: unknown = Array.isArray(item) ? item[0] : undefined;
    if (typeof bare !== 'string') return undefined;
    // The strings are form-urlencoded, so that any name can be written in ASCII.
    strings.add(
      new URLSearchParams(`${bare.replaceAll('&', '%26').replaceAll('=', '%3D')}=`).keys().next().value ?? '',
    );
  }
  return strings;
}
