import { join } from 'node:path';
import { CacheClient } from '@cachewarp/client';
import { createCache } from '@cachewarp/core';
import { startServer, type WritePolicy } from '@cachewarp/server';
import { CacheAside } from './cache-aside.js';
import { Database, type Product } from './database.js';
import { ProductBacking } from './product-backing.js';

/** What one policy did with ten writes of one product and ten reads of it. */
export interface Demonstration {
  readonly policy: WritePolicy | 'cache-aside';
  /** Writes that were in the database when the last write was acknowledged. */
  readonly writesBeforeAnswer: number;
  /** Reads of the database that the ten reads took. */
  readonly reads: number;
  /** Writes of the database in all, when everything was closed. */
  readonly writes: number;
  /** What the tenth read found. */
  readonly found: Product | undefined;
}

const TIMES = 10;
const versionOf = (n: number): Product => ({ id: '1', name: 'Lamp', price: n });

/** The same work under one of the write policies, through the service. */
export async function demonstratePolicy(policy: WritePolicy, folder: string): Promise<Demonstration> {
  const database = await Database.open(join(folder, `${policy}.sqlite`));
  const server = await startServer({ port: 0, backing: new ProductBacking(database), writePolicy: policy });
  try {
    const client = new CacheClient({ url: server.url });
    for (let n = 1; n <= TIMES; n++) await client.set('product:1', versionOf(n), { ttl: 60 });
    const writesBeforeAnswer = database.writes;
    let found: Product | undefined;
    for (let n = 1; n <= TIMES; n++) found = await client.get<Product>('product:1');
    const { reads } = database;
    await server.drain();
    return { policy, writesBeforeAnswer, reads, writes: database.writes, found };
  } finally {
    await server.close();
    database.close();
  }
}

/** The same work with the cache beside the database. */
export async function demonstrateCacheAside(folder: string): Promise<Demonstration> {
  const database = await Database.open(join(folder, 'cache-aside.sqlite'));
  const cache = createCache();
  try {
    const products = new CacheAside(cache, database);
    for (let n = 1; n <= TIMES; n++) await products.save(versionOf(n));
    const writesBeforeAnswer = database.writes;
    let found: Product | undefined;
    for (let n = 1; n <= TIMES; n++) found = await products.find('1');
    return { policy: 'cache-aside', writesBeforeAnswer, reads: database.reads, writes: database.writes, found };
  } finally {
    await cache.close();
    database.close();
  }
}
