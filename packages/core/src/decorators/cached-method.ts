import { bindingEpoch } from '../container/binding-epoch.js';
import { boundCache } from '../container/bound-cache.js';
import { notedRootCache, rootCache } from '../container/root-cache.js';
import { reportUnbound } from '../container/unbound.js';
import type { Cache } from '../engine/cache.js';
import type { MemoryRecord } from '../store/memory-record.js';
import type { MethodPlan } from './cache-response-options.js';
import type { AsyncMethod } from './decorated-method.js';
import { MethodBinding } from './method-binding.js';
import { methodText, ownerOf, type MethodSite, type Receiver } from './method-site.js';

type MaybeReceiver = Receiver | null | undefined;

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
  /**
   * Whom the last binding was found for, and when. All decorated methods share the code of one wrapper, which sees instances
   * of every class: to compare the instance is cheaper there than to read a property of it.
   */
  #lastReceiver: unknown;
  #lastEpoch = -1;
  #isAdopted = false;

  constructor(site: MethodSite, plan: MethodPlan) {
    this.site = site;
    this.plan = plan;
  }

  /** Makes the function that takes the method's place. A hit with plain arguments makes nothing but the list of arguments. */
  static wrap(method: CachedMethod): AsyncMethod {
    return function (this: MaybeReceiver, ...args: unknown[]): Promise<unknown> {
      const binding = method.#last;
      if (
        binding !== undefined &&
        ((this === method.#lastReceiver && method.#lastEpoch === bindingEpoch()) || method.#fits(binding, this))
      ) {
        const record = binding.index?.get(args);
        if (record === undefined) return method.#call(this, args, binding);
        return binding.leases.serveHot(record) ?? method.#call(this, args, binding, record);
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

  /**
   * Every call but a hit on the index.
   * @param looked - the binding whose index holds `indexed` for the arguments
   */
  #call(receiver: MaybeReceiver, args: unknown[], looked?: MethodBinding, indexed?: MemoryRecord): Promise<unknown> {
    try {
      const binding = this.#bindingFor(receiver);
      if (binding !== undefined) {
        return binding.answer(receiver!, args, binding === looked ? indexed : binding.index?.get(args));
      }
      this.#report(receiver);
    } catch (error) {
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- what a key, or the report, has thrown
      return Promise.reject(error);
    }
    return this.site.method.apply(receiver, args);
  }

  /** Whether the binding serves another receiver, too: one of the same class, with the same Cache. */
  #fits(binding: MethodBinding, receiver: MaybeReceiver): boolean {
    if (receiver === undefined || receiver === null) return false;
    const owner = this.site.isStatic ? receiver : receiver.constructor;
    return binding.owner === owner && binding.cache === (boundCache(receiver) ?? notedRootCache());
  }

  #bindingFor(receiver: MaybeReceiver): MethodBinding | undefined {
    const owner = ownerOf(this.site, receiver);
    if (owner === undefined || this.#isAdopted) return undefined;
    const bound = boundCache(receiver!);
    const cache = bound ?? rootCache();
    if (cache === undefined) return undefined;
    let binding = this.#last;
    if (binding?.cache !== cache || binding.owner !== owner) {
      let bindings = this.#bindings.get(owner);
      if (bindings === undefined) this.#bindings.set(owner, (bindings = new WeakMap()));
      binding = bindings.get(cache);
      if (binding === undefined) bindings.set(cache, (binding = new MethodBinding(this.site, this.plan, owner, cache)));
      this.#last = binding;
    }
    // A Cache registered by hand may be replaced without a word.
    this.#lastEpoch = bound !== undefined || cache === notedRootCache() ? bindingEpoch() : -1;
    this.#lastReceiver = receiver;
    return binding;
  }

  #report(receiver: MaybeReceiver): void {
    if (this.#isAdopted) return;
    const owner = ownerOf(this.site, receiver);
    reportUnbound({ owner, site: this.site, text: methodText(owner, this.site.name), mode: this.plan.unbound });
  }
}
