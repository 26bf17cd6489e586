import { InvalidationError } from '../base/errors.js';
import { boundCache } from '../container/bound-cache.js';
import { rootCache } from '../container/root-cache.js';
import { reportUnbound } from '../container/unbound.js';
import type { Cache } from '../engine/cache.js';
import type { Target } from '../invalidation/target.js';
import { KeyDef } from '../key/key-family.js';
import type { AnyCall } from './cache-response-options.js';
import type { AsyncMethod } from './decorated-method.js';
import type { InvalidationRule } from './invalidation-rule.js';
import { methodText, ownerOf, type MethodSite, type Receiver } from './method-site.js';

/** A method under `@Invalidates`. */
export class InvalidatingMethod {
  readonly rule: InvalidationRule;
  readonly #site: MethodSite;
  #isAdopted = false;

  constructor(site: MethodSite, rule: InvalidationRule) {
    this.rule = rule;
    this.#site = site;
  }

  /** Makes the function that takes the method's place. */
  static wrap(method: InvalidatingMethod): AsyncMethod {
    return async function (this: Receiver | null | undefined, ...args: unknown[]): Promise<unknown> {
      return method.#call(this, args);
    };
  }

  /** From now on the method runs without invalidating: an adapter does it. */
  adopt(): void {
    this.#isAdopted = true;
  }

  async #call(self: Receiver | null | undefined, args: unknown[]): Promise<unknown> {
    const { method, name } = this.#site;
    const text = methodText(ownerOf(this.#site, self), name);
    const cache = this.#cacheFor(self, text);
    if (cache === undefined) return method.apply(self, args);

    const call: AnyCall = { self, args, method: String(name) };
    // Read before the method runs: it may change its arguments, and one that has no key is refused before anything is written.
    const named = this.#namedTargets(args);
    const invalidate = (targets: readonly Target[]): Promise<void> => cache.invalidate(targets, { by: text });
    if (this.rule.before)
      return this.#runBetween(
        () => method.apply(self, args),
        () => invalidate(named),
        text,
      );

    const result = await method.apply(self, args);
    try {
      const targets = [...named, ...this.#computedTargets(result, call)];
      if (this.rule.afterCommit === undefined) await invalidate(targets);
      else this.rule.afterCommit(() => runLater(() => invalidate(targets), text, result), call);
    } catch (error) {
      throw new InvalidationError(text, result, error);
    }
    return result;
  }

  /** `before: true`: invalidates on both sides of the call, whatever it comes to. */
  async #runBetween(run: () => Promise<unknown>, invalidate: () => Promise<void>, text: string): Promise<unknown> {
    await invalidate();
    let result: unknown;
    try {
      result = await run();
    } catch (error) {
      // The caller has to hear of the method's failure; that of the invalidation must not get lost behind it.
      await invalidate().catch((failure: unknown) => warn(text, failure));
      throw error;
    }
    try {
      await invalidate();
    } catch (error) {
      throw new InvalidationError(text, result, error);
    }
    return result;
  }

  #cacheFor(self: Receiver | null | undefined, text: string): Cache | undefined {
    if (this.#isAdopted) return undefined;
    const cache = self === undefined || self === null ? undefined : (boundCache(self) ?? rootCache());
    if (cache === undefined)
      reportUnbound({ owner: ownerOf(this.#site, self), site: this.#site, text, mode: this.rule.unbound });
    return cache;
  }

  #namedTargets(args: unknown[]): Target[] {
    const targets: Target[] = [];
    for (const target of this.rule.targets) {
      if (typeof target !== 'function') targets.push(target instanceof KeyDef ? target.of(...args) : target);
    }
    return targets;
  }

  #computedTargets(result: unknown, call: AnyCall): Target[] {
    return this.rule.targets.flatMap((target) => (typeof target === 'function' ? target(result, call) : []));
  }
}

/** Invalidates after a commit. Whoever called may not await it, as event emitters do not: then the failure is a warning. */
function runLater(invalidate: () => Promise<void>, text: string, result: unknown): Promise<void> {
  const done = invalidate().catch((error: unknown) => {
    throw new InvalidationError(text, result, error);
  });
  done.catch((error: unknown) => warn(text, error));
  return done;
}

function warn(text: string, error: unknown): void {
  process.emitWarning(`the invalidation by ${text} failed: ${String(error)}`, { type: 'CacheWarpWarning' });
}
