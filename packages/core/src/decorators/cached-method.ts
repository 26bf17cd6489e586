import { boundCache } from '../container/bound-cache.js';
import { notedRootCache, rootCache } from '../container/root-cache.js';
import { reportUnbound } from '../container/unbound.js';
import type { Cache } from '../engine/cache.js';
import type { MethodPlan } from './cache-response-options.js';
import type { AsyncMethod } from './decorated-method.js';
import { MethodBinding } from './method-binding.js';
import { methodText, ownerOf, type MethodSite, type Receiver } from './method-site.js';

/**
 * A method under `@CacheResponse`: one plan, and a {@link MethodBinding} for every class and Cache that it is called with. The
 * class is that of the instance, not the one that declares the method: two classes that inherit a decorated method keep
 * their results apart.
 */
export class CachedMethod {
  readonly site: MethodSite;
  readonly plan: MethodPlan;
  readonly #bindings = new WeakMap<object, WeakMap<Cache, MethodBinding>>();
  /** The binding of the last call: most methods only ever have one. */
  #last: MethodBinding | undefined;
  #isAdopted = false;

  constructor(site: MethodSite, plan: MethodPlan) {
    this.site = site;
    this.plan = plan;
  }

  /** Makes the function that takes the method's place. A hit with plain arguments makes nothing but the list of arguments. */
  static wrap(method: CachedMethod): AsyncMethod {
    const { isStatic } = method.site;
    return function (this: Receiver | null | undefined, ...args: unknown[]): Promise<unknown> {
      const binding = method.#last;
      if (
        binding !== undefined &&
        this !== undefined &&
        this !== null &&
        binding.cache === (boundCache(this) ?? notedRootCache()) &&
        binding.owner === (isStatic ? this : this.constructor)
      ) {
        const record = binding.indexed(args);
        if (record !== undefined && binding.leases.isHot(record)) return binding.leases.serve(record);
      }
      return method.#call(this, args);
    };
  }

  /**
   * The binding for a receiver; without one, says that the method is unbound.
   * @throws UnboundCacheError where that is an error, DuplicateKeyFamilyError
   */
  bindingOrReport(receiver: Receiver): MethodBinding | undefined {
    const binding = this.#bindingFor(receiver);
    if (binding === undefined) this.#report(receiver);
    return binding;
  }

  /** From now on the method runs without its cache: an adapter keeps something better than what it returns. */
  adopt(): void {
    this.#isAdopted = true;
    this.#last = undefined;
  }

  /** Every call but a hit on the index. */
  #call(receiver: Receiver | null | undefined, args: unknown[]): Promise<unknown> {
    try {
      const binding = this.#bindingFor(receiver);
      if (binding !== undefined) return binding.answer(receiver!, args);
      this.#report(receiver);
    } catch (error) {
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- what a key, or the report, has thrown
      return Promise.reject(error);
    }
    return this.site.method.apply(receiver, args);
  }

  #bindingFor(receiver: Receiver | null | undefined): MethodBinding | undefined {
    const owner = ownerOf(this.site, receiver);
    if (owner === undefined || this.#isAdopted) return undefined;
    const cache = boundCache(receiver!) ?? rootCache();
    if (cache === undefined) return undefined;
    if (this.#last?.cache === cache && this.#last.owner === owner) return this.#last;
    let bindings = this.#bindings.get(owner);
    if (bindings === undefined) this.#bindings.set(owner, (bindings = new WeakMap()));
    let binding = bindings.get(cache);
    if (binding === undefined) bindings.set(cache, (binding = new MethodBinding(this.site, this.plan, owner, cache)));
    return (this.#last = binding);
  }

  #report(receiver: Receiver | null | undefined): void {
    if (this.#isAdopted) return;
    const owner = ownerOf(this.site, receiver);
    reportUnbound({ owner, site: this.site, text: methodText(owner, this.site.name), mode: this.plan.unbound });
  }
}
