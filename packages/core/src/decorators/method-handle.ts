import { InvalidOptionError, UnboundCacheError } from '../base/errors.js';
import type { CachedMethod } from './cached-method.js';
import type { AsyncMethod, ResultOf } from './decorated-method.js';
import type { MethodBinding } from './method-binding.js';
import { findCached } from './method-metadata.js';
import { methodText, ownerOf, type Owner, type Receiver } from './method-site.js';

/**
 * What can be done with the entries of one cached method, by the arguments of its calls. Without a Cache, and unless unbound
 * calls are errors, `peek` answers undefined, `refresh` runs the method, and `prime` and `invalidate` do nothing.
 */
export interface MethodHandle<M extends AsyncMethod> {
  /**
   * The key of such a call, in the present context.
   * @throws UnboundCacheError without a Cache; EncodeError when an argument cannot be part of a key
   */
  keyFor(...args: Parameters<M>): string;
  /** The fresh value in this process's memory, or undefined; waits for nothing and counts nothing. */
  peek(...args: Parameters<M>): ResultOf<M> | undefined;
  /** Keeps a value as though a call with these arguments had returned it, under the options of the method. */
  prime(value: ResultOf<M>, ...args: Parameters<M>): Promise<void>;
  /** Runs the method now, whatever is stored, keeps what it returns and returns it. A run under way is joined. */
  refresh(...args: Parameters<M>): Promise<ResultOf<M>>;
  /** Invalidates the entry of such calls, in every context; see `Cache.invalidate`. */
  invalidate(...args: Parameters<M>): Promise<void>;
}

/** A handle for every async method; naming one without `@CacheResponse` throws. */
export type MethodHandles<S> = {
  readonly [K in keyof S as S[K] extends AsyncMethod ? K : never]: S[K] extends AsyncMethod
    ? MethodHandle<S[K]>
    : never;
};

/**
 * Handles for the cached methods of a service, typed after them: `cacheOf(users).findById.invalidate('42')`. For static
 * methods, give the class.
 * @throws InvalidOptionError when a method is named that does not carry `@CacheResponse`
 */
export function cacheOf<S extends object>(service: S): MethodHandles<S> {
  const isStatic = typeof service === 'function';
  const owner = (isStatic ? service : service.constructor) as unknown as Owner;
  const handles = new Proxy(Object.freeze({}), {
    get(target, name): unknown {
      const cached = findCached(owner, name, isStatic);
      if (cached !== undefined) return new CachedMethodHandle(cached, service);
      // Whoever awaits, inspects or prints the handles asks for what any object has.
      if (typeof name === 'symbol' || name === 'then' || name in Object.prototype) return Reflect.get(target, name);
      throw new InvalidOptionError(
        'cacheOf',
        'must name a method decorated with @CacheResponse',
        methodText(owner, name),
      );
    },
  });
  return handles as MethodHandles<S>;
}

class CachedMethodHandle implements MethodHandle<AsyncMethod> {
  readonly #cached: CachedMethod;
  readonly #self: Receiver;

  constructor(cached: CachedMethod, self: Receiver) {
    this.#cached = cached;
    this.#self = self;
  }

  get #binding(): MethodBinding | undefined {
    return this.#cached.bindingOrReport(this.#self);
  }

  keyFor(...args: unknown[]): string {
    const key = this.#binding?.keyOf(this.#self, args);
    if (key === undefined) throw new UnboundCacheError(this.#text, 'and without a cache there is no key');
    return typeof key === 'string' ? key : key.key;
  }

  peek(...args: unknown[]): unknown {
    return this.#binding?.peek(this.#self, args);
  }

  async prime(value: unknown, ...args: unknown[]): Promise<void> {
    await this.#binding?.prime(value, this.#self, args);
  }

  async refresh(...args: unknown[]): Promise<unknown> {
    const binding = this.#binding;
    return binding === undefined ? this.#cached.site.method.apply(this.#self, args) : binding.refresh(this.#self, args);
  }

  async invalidate(...args: unknown[]): Promise<void> {
    const binding = this.#binding;
    await binding?.cache.invalidate(binding.keyWithoutContext(this.#self, args), { by: `cacheOf ${this.#text}` });
  }

  get #text(): string {
    return methodText(ownerOf(this.#cached.site, this.#self), this.#cached.site.name);
  }
}
