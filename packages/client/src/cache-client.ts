import { CacheClientError, CacheResponseError } from './errors.js';
import {
  batchItemOf,
  contentOf,
  entryOf,
  entryOfBatch,
  fitsFields,
  JSON_FIELDS,
  jsonOf,
  type BatchEntry,
  type Entry,
  type ManyEntry,
  type SetOptions,
  type WriteCondition,
  type Written,
} from './entry-content.js';
import { Transport, type TransportOptions } from './transport.js';

/** Options of {@link CacheClient}. */
export type CacheClientOptions = TransportOptions;

/** What an invalidation names; several at once if wished. */
export interface InvalidationTargets {
  readonly key?: string;
  readonly keys?: readonly string[];
  readonly tag?: string;
  readonly tags?: readonly string[];
  readonly prefix?: string;
  readonly all?: true;
}

/** Keys of one request of a batch. The service's own limit may be changed; this is its default. */
const BATCH_KEYS = 1000;

/**
 * A client of the CacheWarp REST cache service, over `fetch` alone.
 *
 * Values are JSON, or `Uint8Array` for bytes. What may safely be sent twice is tried again, with a pause of random length, when nobody
 * answers or the service is too busy. Errors are {@link CacheClientError}s; that there is nothing under a key is no error.
 */
export class CacheClient {
  readonly #transport: Transport;

  /** @throws TypeError naming the faulty option and its value */
  constructor(options: CacheClientOptions) {
    this.#transport = new Transport(options);
  }

  /** The value of a key, or undefined. */
  async get<V = unknown>(key: string): Promise<V | undefined> {
    return (await this.getEntry<V>(key))?.value;
  }

  /** The entry of a key, or undefined. */
  async getEntry<V = unknown>(key: string): Promise<Entry<V> | undefined> {
    const path = pathOf(key);
    if (path === undefined) return (await this.getManyEntries<V>([key]))[0];
    const answer = await this.#transport.send({ method: 'GET', path, isRepeatable: true, accepts: [404] });
    return answer.status === 404 ? undefined : entryOf<V>(answer);
  }

  /** Whether there is something under a key. */
  async has(key: string): Promise<boolean> {
    const path = pathOf(key);
    if (path === undefined) return (await this.getManyEntries([key]))[0] !== undefined;
    const { status } = await this.#transport.send({ method: 'HEAD', path, isRepeatable: true, accepts: [404] });
    return status !== 404;
  }

  /**
   * Keeps a value.
   * @returns undefined where a condition was given and did not hold
   */
  async set(key: string, value: unknown, options: SetOptions & WriteCondition = {}): Promise<Written | undefined> {
    const { ifMatch, ifAbsent = false } = options;
    const isConditional = ifMatch !== undefined || ifAbsent;
    const path = pathOf(key);
    if (path === undefined) {
      if (isConditional)
        throw new CacheClientError('ERR_CACHEWARP_CLIENT_KEY', `the key ${key} cannot be written under a condition`);
      const [written] = await this.setMany([{ key, value, ...withoutConditions(options) }]);
      return written;
    }
    const conditions = {
      ...(ifMatch !== undefined && { 'if-match': ifMatch }),
      ...(ifAbsent && { 'if-none-match': '*' }),
    };
    if (value instanceof Uint8Array && !isConditional && !fitsFields(options)) {
      const [written] = await this.setMany([{ key, value, ...withoutConditions(options) }]);
      return written;
    }
    const { headers, body } = contentOf(value, options);
    // A condition that our own first try made false would look like a refusal.
    const ask = { method: 'PUT', path, headers: { ...headers, ...conditions }, body, isRepeatable: !isConditional };
    const answer = await this.#transport.send({ ...ask, accepts: isConditional ? [412] : [] });
    return answer.status === 412 ? undefined : (jsonOf(answer) as Written);
  }

  /**
   * Removes a key.
   * @returns whether there was something (and, under a condition, whether it held)
   */
  async delete(key: string, { ifMatch }: Pick<WriteCondition, 'ifMatch'> = {}): Promise<boolean> {
    const path = pathOf(key);
    if (path === undefined) return (await this.deleteMany([key]))[0]!;
    const headers = ifMatch === undefined ? {} : { 'if-match': ifMatch };
    const { status } = await this.#transport.send({
      method: 'DELETE',
      path,
      headers,
      isRepeatable: ifMatch === undefined,
      accepts: [404, 412],
    });
    return status === 204;
  }

  /** The values of many keys in their order, undefined for what is not there. */
  async getMany<V = unknown>(keys: readonly string[]): Promise<(V | undefined)[]> {
    return (await this.getManyEntries<V>(keys)).map((entry) => entry?.value);
  }

  /** The entries of many keys in their order. */
  async getManyEntries<V = unknown>(keys: readonly string[]): Promise<(Entry<V> | undefined)[]> {
    const found = await this.#batch<BatchEntry<V> | null>('get', keys);
    return Promise.all(
      found.map(async (entry) => {
        if (entry === null) return undefined;
        return 'omitted' in entry ? this.getEntry<V>(entry.key) : entryOfBatch<V>(entry);
      }),
    );
  }

  /** Keeps many values. @throws CacheResponseError, rejected, when one of them was refused */
  async setMany(entries: readonly ManyEntry[]): Promise<Written[]> {
    const results = await this.#batch<{ key: string; status: number; etag: string }>('set', entries.map(batchItemOf));
    return results.map(({ key, status, etag }) => {
      if (status >= 400) throw new CacheResponseError(status, undefined, `setMany of ${key}`);
      return { etag, confirmed: status !== 202 };
    });
  }

  /** Removes many keys. @returns for each whether there was something */
  async deleteMany(keys: readonly string[]): Promise<boolean[]> {
    return (await this.#batch<{ deleted: boolean }>('delete', keys)).map(({ deleted }) => deleted);
  }

  /** Invalidates by key, tag, prefix, or everything: no read that starts later sees what was there. */
  async invalidate(targets: InvalidationTargets): Promise<void> {
    await this.#post('/invalidate', targets);
  }

  /** Removes everything, or everything of the token's namespace. */
  async clear(): Promise<void> {
    await this.#transport.send({ method: 'DELETE', path: '/cache', isRepeatable: true });
  }

  /** The keys in the service's memory that begin with `prefix`, in their order. Pages are asked for as they are needed. */
  async *keys(prefix = ''): AsyncGenerator<string, void> {
    let cursor: string | null = null;
    do {
      const query = new URLSearchParams({ prefix, ...(cursor !== null && { cursor }) });
      const answer = await this.#transport.send({
        method: 'GET',
        path: `/cache?${query.toString()}`,
        isRepeatable: true,
      });
      const page = jsonOf(answer) as { keys: string[]; cursor: string | null };
      yield* page.keys;
      ({ cursor } = page);
    } while (cursor !== null);
  }

  /** Everything that the service counts; see its OpenAPI document. */
  async stats(): Promise<Record<string, unknown>> {
    return jsonOf(await this.#transport.send({ method: 'GET', path: '/stats', isRepeatable: true })) as Record<
      string,
      unknown
    >;
  }

  async health(): Promise<{ status: 'ok'; store: 'ok' | 'down' | 'disabled' }> {
    return jsonOf(await this.#transport.send({ method: 'GET', path: '/health', isRepeatable: true })) as {
      status: 'ok';
      store: 'ok' | 'down' | 'disabled';
    };
  }

  async #batch<R>(name: 'get' | 'set' | 'delete', items: readonly unknown[]): Promise<R[]> {
    const results: R[] = [];
    for (let at = 0; at < items.length; at += BATCH_KEYS) {
      const answer = await this.#post('/cache/batch', { [name]: items.slice(at, at + BATCH_KEYS) });
      results.push(...(answer as Record<string, R[]>)[name]!);
    }
    return results;
  }

  async #post(path: string, body: unknown): Promise<unknown> {
    return jsonOf(
      await this.#transport.send({
        method: 'POST',
        path,
        headers: JSON_FIELDS,
        body: JSON.stringify(body),
        isRepeatable: true,
      }),
    );
  }
}

/** Undefined for `.` and `..`: in a path they would mean another path, however they are written. */
function pathOf(key: string): string | undefined {
  if (typeof key !== 'string' || key === '')
    throw new CacheClientError(
      'ERR_CACHEWARP_CLIENT_KEY',
      `key must be text that is not empty, got ${JSON.stringify(key)}`,
    );
  if (key === '.' || key === '..') return undefined;
  try {
    return `/cache/${encodeURIComponent(key)}`;
  } catch (error) {
    throw new CacheClientError(
      'ERR_CACHEWARP_CLIENT_KEY',
      'key must be text without half characters (lone surrogates)',
      error,
    );
  }
}

function withoutConditions({ ttl, tags }: SetOptions): SetOptions {
  return { ...(ttl !== undefined && { ttl }), ...(tags !== undefined && { tags }) };
}
