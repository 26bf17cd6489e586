import type { Cache } from '@cachewarp/core';
import type { Database, Product } from './database.js';

/**
 * Cache-aside: the application knows both. It asks the cache, loads from the database what is missing, writes to the database and then
 * drops the key. The other policies do the same behind the cache's back, so that the application knows the cache alone.
 */
export class CacheAside {
  readonly #cache: Cache;
  readonly #database: Database;

  constructor(cache: Cache, database: Database) {
    this.#cache = cache;
    this.#database = database;
  }

  find(id: string): Promise<Product | undefined> {
    return this.#cache.getOrLoad(`product:${id}`, () => Promise.resolve(this.#database.find(id)), {
      ttl: 60,
      tags: ['products'],
    });
  }

  async save(product: Product): Promise<void> {
    await this.#database.save(product);
    // Not set to the new value: of two writers, the one that is second in the database might be first in the cache. A load that has read
    // the old row by now stores nothing any more.
    await this.#cache.invalidate(`product:${product.id}`);
  }
}
