import { CacheClient, type CacheClientOptions } from './cache-client.js';

/**
 * A store for Keyv 5, so that existing code uses the service in one line: `new Keyv({ store: new KeyvAdapter({ url }) })`.
 *
 * Times to live are in milliseconds, as Keyv's are; without one an entry lives as long as the service has room.
 */
export class KeyvAdapter {
  /** Keyv iterates stores of certain dialects only; this one iterates as Redis does. */
  readonly opts: { readonly url: string; readonly dialect: 'redis' };
  /** Set by Keyv. */
  namespace: string | undefined;
  readonly #client: CacheClient;

  /** @param options - of the client that it uses */
  constructor(options: CacheClientOptions) {
    this.opts = { url: options.url, dialect: 'redis' };
    this.#client = new CacheClient(options);
  }

  get<V>(key: string): Promise<V | undefined> {
    return this.#client.get<V>(key);
  }

  getMany<V>(keys: string[]): Promise<(V | undefined)[]> {
    return this.#client.getMany<V>(keys);
  }

  async set(key: string, value: unknown, ttl?: number): Promise<boolean> {
    await this.#client.set(key, value, { ttl: seconds(ttl) });
    return true;
  }

  async setMany(entries: { key: string; value: unknown; ttl?: number }[]): Promise<void> {
    await this.#client.setMany(entries.map(({ key, value, ttl }) => ({ key, value, ttl: seconds(ttl) })));
  }

  delete(key: string): Promise<boolean> {
    return this.#client.delete(key);
  }

  /** Whether all of them were there. */
  async deleteMany(keys: string[]): Promise<boolean> {
    return (await this.#client.deleteMany(keys)).every(Boolean);
  }

  has(key: string): Promise<boolean> {
    return this.#client.has(key);
  }

  async hasMany(keys: string[]): Promise<boolean[]> {
    return (await this.#client.getManyEntries(keys)).map((entry) => entry !== undefined);
  }

  /** Everything of Keyv's namespace; without one, everything. */
  async clear(): Promise<void> {
    if (this.namespace === undefined) await this.#client.clear();
    else await this.#client.invalidate({ prefix: `${this.namespace}:` });
  }

  /** The entries in the service's memory, page by page. */
  async *iterator<V>(namespace?: string): AsyncGenerator<[string, V | undefined], void> {
    const prefix = namespace === undefined ? '' : `${namespace}:`;
    for await (const key of this.#client.keys(prefix)) {
      const value = await this.#client.get<V>(key);
      if (value !== undefined) yield [key, value];
    }
  }

  disconnect(): Promise<void> {
    return Promise.resolve();
  }

  /** Keyv listens for `error` events. There are none: the methods reject, and Keyv makes its own events of that. */
  on(): this {
    return this;
  }
}

function seconds(ttl: number | undefined): number | null {
  return ttl === undefined ? null : ttl / 1000;
}
