import type { RedisOptions } from 'ioredis';
import { Cluster, Redis } from 'ioredis';
import { CacheWarpError } from '@cachewarp/core';
import { readOptions, type RedisStoreOptions } from './redis-options.js';

/** Replies are of one shape, whichever protocol the server speaks. */
type OwnOptions = Pick<RedisOptions, 'connectTimeout' | 'commandTimeout' | 'maxRetriesPerRequest'> & {
  replyMapping: 'legacy';
};

/** How long Redis may take to be reached and to answer, in ms. */
const TIMEOUT_MS = 2_000;

/** Redis did not take a configuration: it may not be changed by us, or cannot be reached. */
export class RedisConfigError extends CacheWarpError {
  /** `refused`: Redis answered and did not do it. `unreachable`: it did not answer. */
  readonly word: 'refused' | 'unreachable';

  constructor(word: 'refused' | 'unreachable', policy: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const what = word === 'refused' ? 'Redis does not let us set it' : 'Redis cannot be reached';
    super('ERR_CACHEWARP_REDIS_CONFIG', `maxmemory-policy ${policy} was not applied: ${what}: ${reason}`, { cause });
    this.word = word;
  }
}

/**
 * Tells Redis what to drop when its memory is full (`CONFIG SET maxmemory-policy`), on every master of a cluster. What it has in memory is
 * not only ours: ask for it only where the operator said so.
 *
 * @throws InvalidOptionError for a faulty option; RedisConfigError, rejected, where Redis refuses or cannot be reached
 */
export async function setMaxMemoryPolicy(options: RedisStoreOptions, policy: string): Promise<void> {
  const { target } = readOptions(options);
  const own: OwnOptions = {
    connectTimeout: TIMEOUT_MS,
    commandTimeout: TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    replyMapping: 'legacy',
  };
  const client =
    target.kind === 'single'
      ? new Redis({ ...target.options, ...own, lazyConnect: true, retryStrategy: () => null })
      : new Cluster([...target.nodes], {
          ...target.options,
          lazyConnect: true,
          clusterRetryStrategy: () => null,
          redisOptions: { ...target.options.redisOptions, ...own },
        });
  // What fails is told by the call that failed.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const masters = client instanceof Cluster ? client.nodes('master') : [client];
    for (const master of masters) await master.config('SET', 'maxmemory-policy', policy);
  } catch (error) {
    const isReply = error instanceof Error && error.name === 'ReplyError';
    throw new RedisConfigError(isReply ? 'refused' : 'unreachable', policy, error);
  } finally {
    client.disconnect();
  }
}
