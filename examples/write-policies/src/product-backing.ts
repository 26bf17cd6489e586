import type { BackedValue, Backing } from '@cachewarp/server';
import type { Database, Product } from './database.js';

/** The table of products as the place behind the cache: a key is `product:<id>`, a value is a row as JSON. */
export class ProductBacking implements Backing {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  load(key: string): Promise<BackedValue | undefined> {
    const product = this.#database.find(idOf(key));
    if (product === undefined) return Promise.resolve(undefined);
    return Promise.resolve({
      contentType: 'application/json',
      body: Buffer.from(JSON.stringify(product)),
      ttl: 60,
      tags: ['products'],
    });
  }

  async write(key: string, { body }: BackedValue): Promise<void> {
    const { name, price } = JSON.parse(Buffer.from(body).toString('utf8')) as Product;
    await this.#database.save({ id: idOf(key), name, price });
  }

  async remove(key: string): Promise<void> {
    await this.#database.remove(idOf(key));
  }
}

function idOf(key: string): string {
  return key.slice('product:'.length);
}
