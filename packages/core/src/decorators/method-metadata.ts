import { InvalidOptionError } from '../base/errors.js';
import type { AnyCacheResponseOptions } from './cache-response-options.js';
import type { CachedMethod } from './cached-method.js';
import type { AsyncMethod } from './decorated-method.js';
import type { InvalidatingMethod } from './invalidating-method.js';
import type { InvalidationRule } from './invalidation-rule.js';
import { hasOwnMember, homesOf, lineage, type MethodSite, type Owner } from './method-site.js';

/** What the decorators say of one method, for adapters and tools. */
export interface MethodCaching {
  /** Options of `@CacheResponse`, its ttl among them; undefined when the method does not carry it. */
  readonly options: AnyCacheResponseOptions | undefined;
  /** One rule for every `@Invalidates`, in the order in which they are written. */
  readonly invalidates: readonly InvalidationRule[];
  /** The method as it was before the first decorator of ours. */
  readonly original: AsyncMethod;
}

/** One method and the decorators of ours that it carries. */
interface MethodRecord {
  readonly original: AsyncMethod;
  cached: CachedMethod | undefined;
  readonly invalidating: InvalidatingMethod[];
}

/** By home of the class, then by name; static methods apart, as both protocols may give both one home. */
const records = new WeakMap<object, Map<string | symbol, MethodRecord>>();
const staticRecords = new WeakMap<object, Map<string | symbol, MethodRecord>>();

/** @throws InvalidOptionError when the method carries one already */
export function noteCached(site: MethodSite, cached: CachedMethod): void {
  const record = recordAt(site);
  if (record === undefined) return;
  if (record.cached !== undefined) {
    throw new InvalidOptionError('@CacheResponse', 'must decorate a method once', String(site.name));
  }
  record.cached = cached;
}

/** Decorators come from the innermost to the outermost, so each goes before those that are there. */
export function noteInvalidating(site: MethodSite, invalidating: InvalidatingMethod): void {
  recordAt(site)?.invalidating.unshift(invalidating);
}

function recordAt(site: MethodSite): MethodRecord | undefined {
  if (site.home === undefined) return undefined;
  const homes = site.isStatic ? staticRecords : records;
  let methods = homes.get(site.home);
  if (methods === undefined) homes.set(site.home, (methods = new Map()));
  let record = methods.get(site.name);
  if (record === undefined) {
    methods.set(site.name, (record = { original: site.method, cached: undefined, invalidating: [] }));
  }
  return record;
}

/** The method that `name` means on instances of the class, or on the class itself, if it carries decorators of ours. */
function findRecord(owner: Owner, name: string | symbol, isStatic: boolean): MethodRecord | undefined {
  const homes = isStatic ? staticRecords : records;
  for (const current of lineage(owner)) {
    for (const home of homesOf(current, isStatic)) {
      const record = homes.get(home)?.get(name);
      if (record !== undefined) return record;
    }
    // Overridden without a decorator: what is inherited is not what is called.
    if (hasOwnMember(current, name, isStatic)) return undefined;
  }
  return undefined;
}

/** The cached method that `name` means, or undefined. */
export function findCached(owner: Owner, name: string | symbol, isStatic: boolean): CachedMethod | undefined {
  return findRecord(owner, name, isStatic)?.cached;
}

/**
 * What the decorators say of an instance method of a class, inherited ones included; undefined when it carries none of ours.
 * For adapters that keep something better than what the method returns, such as the response made from it.
 *
 * Calling `original` leaves out every decorator that stands above it, other libraries' too. An adapter that is to run those
 * calls {@link adoptMethod} and then the method itself.
 */
export function methodCaching(owner: Owner, name: string | symbol): MethodCaching | undefined {
  const record = findRecord(owner, name, false);
  if (record === undefined) return undefined;
  const { original, cached, invalidating } = record;
  return { original, options: cached?.plan.options, invalidates: invalidating.map(({ rule }) => rule) };
}

/**
 * Makes our decorators of an instance method describe only: from now on calls run it, with every other decorator it carries,
 * but nothing is cached or invalidated by the call. For adapters that act on {@link methodCaching} themselves.
 * @returns whether the method carries decorators of ours
 */
export function adoptMethod(owner: Owner, name: string | symbol): boolean {
  const record = findRecord(owner, name, false);
  record?.cached?.adopt();
  for (const invalidating of record?.invalidating ?? []) invalidating.adopt();
  return record !== undefined;
}
