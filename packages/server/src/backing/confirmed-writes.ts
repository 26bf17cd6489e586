import type { CacheEntry, CacheStore, SharedTier, TierSource, TierUser } from '@cachewarp/core';

/**
 * Which values a store has said to have. The engine hides a store's faults from its callers, and is right to: a cache must work without
 * its second tier. Who acknowledges a write to a client must know all the same.
 */
export class ConfirmedWrites {
  readonly #confirmed = new WeakSet<object>();

  has(value: object): boolean {
    return this.#confirmed.has(value);
  }

  /** The same store, or source of one, whose successful writes are noted. */
  watch<S extends CacheStore | TierSource>(store: S): S {
    if (isSource(store)) {
      const open = (user: TierUser): SharedTier => {
        const tier = store.open(user);
        return { ...tier, store: this.watch(tier.store) };
      };
      return replace(store, 'open', open);
    }
    const set = async (key: string, entry: CacheEntry): Promise<void> => {
      await store.set(key, entry);
      const { value } = entry;
      if (typeof value === 'object' && value !== null) this.#confirmed.add(value);
    };
    return replace(store as CacheStore, 'set', set) as S;
  }
}

function isSource(store: CacheStore | TierSource): store is TierSource {
  return typeof (store as Partial<TierSource>).open === 'function';
}

/** An object with one method in place of another; all others are called on the original, whose private fields they need. */
function replace<T extends object>(object: T, name: keyof T, method: unknown): T {
  return new Proxy(object, {
    get(target, property) {
      if (property === name) return method;
      const member: unknown = Reflect.get(target, property, target);
      return typeof member === 'function' ? (member as (...args: unknown[]) => unknown).bind(target) : member;
    },
  });
}
