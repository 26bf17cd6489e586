import { InvalidOptionError } from '../base/errors.js';
import { declaredContext } from '../container/context-dimensions.js';
import type { Cache } from '../engine/cache.js';
import type { FillLeases } from '../engine/fill-leases.js';
import type { Loader } from '../engine/load.js';
import { buildKey, encodeContext, methodFamily } from '../key/key-builder.js';
import { KeyRef } from '../key/key-family.js';
import type { EntryOptions } from '../policy/cache-options.js';
import type { MemoryRecord } from '../store/memory-record.js';
import type { AnyCall, Dimension, MethodPlan } from './cache-response-options.js';
import { declaringClass, hasOwnMember, lineage, type MethodSite, type Owner } from './method-site.js';
import { RecordIndex } from './record-index.js';

type Dimensions = Readonly<Record<string, Dimension>>;

/** A cached method as one class calls it with one Cache: its family is claimed, its records are indexed by raw arguments. */
export class MethodBinding {
  readonly owner: Owner;
  readonly cache: Cache;
  readonly leases: FillLeases;
  /** Only where the key depends on nothing but the arguments. */
  readonly index: RecordIndex | undefined;
  readonly #site: MethodSite;
  readonly #plan: MethodPlan;
  readonly #family: string;
  readonly #dimensions: Dimensions | undefined;

  /** @throws DuplicateKeyFamilyError, or InvalidOptionError for a class without a name and for unknown dimensions */
  constructor(site: MethodSite, plan: MethodPlan, owner: Owner, cache: Cache) {
    this.owner = owner;
    this.cache = cache;
    this.leases = cache.leases;
    this.#site = site;
    this.#plan = plan;
    this.#family = plan.keyDef?.family ?? plan.family ?? familyOf(site, owner);
    this.#dimensions = dimensionsOf(plan, cache);
    this.index = plan.keyFunction === undefined && this.#dimensions === undefined ? new RecordIndex() : undefined;
    // A family made by defineKey belongs to everybody who names it, any other to this class and method alone.
    cache.families.claim(this.#family, plan.keyDef ?? this);
    cache.parts.traffic.routes.of(this.#family);
  }

  /**
   * Answers a call, from the cache or by running the method. A call that has no key is rejected.
   * @param indexed - what the index holds for the arguments
   */
  answer(self: object, args: readonly unknown[], indexed: MemoryRecord | undefined): Promise<unknown> {
    try {
      const key = indexed === undefined ? this.keyOf(self, args) : indexed.key;
      const record = this.leases.fresh(typeof key === 'string' ? key : key.key);
      if (record === undefined) return this.cache.getOrLoad(key, this.#loader(self, args), this.#plan.entryOptions);
      if (record !== indexed) this.index?.keep(args, record);
      return this.leases.serve(record);
    } catch (error) {
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- what a key or context function has thrown
      return Promise.reject(error);
    }
  }

  /** The fresh value in memory, or undefined. */
  peek(self: object, args: readonly unknown[]): unknown {
    return this.cache.peek(this.keyOf(self, args));
  }

  /** Keeps a value as though the method had returned it. */
  async prime(value: unknown, self: object, args: readonly unknown[]): Promise<void> {
    await this.cache.set(this.keyOf(self, args), value, this.#allOptions(self, args));
  }

  /** Runs the method and keeps what it returns, whatever is stored. */
  refresh(self: object, args: readonly unknown[]): Promise<unknown> {
    return this.cache.refresh(this.keyOf(self, args), this.#loader(self, args), this.#plan.entryOptions);
  }

  /**
   * The key of a call. With context, a reference whose parent is the key without it, so that invalidating that one drops the
   * entry in every context.
   * @throws EncodeError when an argument or a part has no faithful encoding; whatever a key or context function throws
   */
  keyOf(self: object, args: readonly unknown[]): string | KeyRef {
    const key = this.keyWithoutContext(self, args);
    if (this.#dimensions === undefined) return key;
    const call = this.#callOf(self, args);
    const context: Record<string, unknown> = {};
    for (const [name, dimension] of Object.entries(this.#dimensions)) context[name] = dimension(call);
    return new KeyRef(key + encodeContext(context), this.#family, key);
  }

  /** The key of a call as far as its arguments make it. */
  keyWithoutContext(self: object, args: readonly unknown[]): string {
    const { keyDef, keyFunction } = this.#plan;
    if (keyDef !== undefined) return keyDef.of(...args).key;
    if (keyFunction === undefined) return buildKey(this.#family, args);
    const answer = keyFunction.apply(self, args as unknown[]);
    const parts: unknown = typeof answer === 'string' ? [answer] : answer;
    if (Array.isArray(parts)) return buildKey(this.#family, parts);
    throw new InvalidOptionError(`key of ${this.#family}`, 'must return text or a list of parts', answer);
  }

  #loader(self: object, args: readonly unknown[]): Loader {
    const { method } = this.#site;
    const { entryOptionsOf } = this.#plan;
    if (entryOptionsOf === undefined) return () => method.apply(self, args as unknown[]);
    return (context) => {
      context.setOptions(entryOptionsOf(this.#callOf(self, args)));
      return method.apply(self, args as unknown[]);
    };
  }

  #allOptions(self: object, args: readonly unknown[]): EntryOptions | undefined {
    const { entryOptions, entryOptionsOf } = this.#plan;
    if (entryOptionsOf === undefined) return entryOptions;
    return { ...entryOptions, ...entryOptionsOf(this.#callOf(self, args)) };
  }

  #callOf(self: object, args: readonly unknown[]): AnyCall {
    return { self, args: args as unknown[], method: String(this.#site.name) };
  }
}

/**
 * The family of a method without an explicit one: `UserRepo.findById`, after the class of the instance. A method that runs by
 * `super.findById()`, because a class nearer to the instance has its own, is a method of its own: `UserRepo.findById@BaseRepo`.
 * Under one family the overriding method would wait for itself.
 */
function familyOf(site: MethodSite, owner: Owner): string {
  if (owner.name === '') {
    throw new InvalidOptionError(
      'key',
      `must be given for ${String(site.name)}, a method of a class without a name`,
      undefined,
    );
  }
  const family = methodFamily(owner.name, site.name);
  const declaring = declaringClass(owner, site);
  if (declaring === undefined || declaring === owner) return family;
  for (const current of lineage(owner)) {
    if (current === declaring) break;
    if (site.isPrivate || hasOwnMember(current, site.name, site.isStatic)) return `${family}@${declaring.name}`;
  }
  return family;
}

/** What the method's keys depend on beside the arguments; undefined when on nothing. */
function dimensionsOf({ context }: MethodPlan, cache: Cache): Dimensions | undefined {
  const declared: Dimensions = declaredContext(cache) ?? {};
  const dimensions: Record<string, Dimension> = {};
  for (const [name, dimension] of wantedDimensions(context, declared)) {
    const found = dimension === true ? declared[name] : dimension;
    if (found === undefined) {
      const known = Object.keys(declared).join(', ') || 'none';
      throw new InvalidOptionError(
        'context',
        `must name dimensions declared for the cache ${cache.name} (${known})`,
        name,
      );
    }
    dimensions[name] = found;
  }
  return Object.keys(dimensions).length === 0 ? undefined : dimensions;
}

function wantedDimensions(
  context: MethodPlan['context'],
  declared: Dimensions,
): [name: string, wanted: true | Dimension][] {
  if (context === undefined) return Object.entries(declared);
  return isNames(context) ? context.map((name) => [name, true]) : Object.entries(context);
}

function isNames(context: NonNullable<MethodPlan['context']>): context is readonly string[] {
  return Array.isArray(context);
}
