import type { TierSource } from '@cachewarp/core';
import { diskStore, type DiskStoreOptions } from '@cachewarp/disk';
import { RedisConfigError, redisStore, setMaxMemoryPolicy, type RedisStoreOptions } from '@cachewarp/redis';
import type { Print } from '../commands/print.js';
import type { ServerConfig } from '../config/server-schema.js';
import type { StoreConfig } from '../config/store-schema.js';
import { CommandError, EXIT } from '../exit-codes.js';

/**
 * The tier behind the memory that `--store` names: the one place that knows all kinds. Nothing is connected to before a cache opens it.
 * @throws InvalidOptionError, CommandError naming the faulty setting
 */
export function openStore(config: StoreConfig): TierSource | undefined {
  switch (config.store) {
    case 'memory':
      return undefined;
    case 'redis':
      return redisStore(redisOptionsOf(config));
    case 'disk':
      return diskStore(config.disk as DiskStoreOptions);
  }
}

/**
 * Applies a `maxMemoryPolicy` that was asked for to Redis. Where Redis does not allow that, the service does not start: it would do another
 * thing than it was told. A Redis that is away at the moment is no reason not to start, here as everywhere.
 */
export async function applyMaxMemoryPolicy(config: ServerConfig, printError: Print): Promise<void> {
  if (config.store !== 'redis' || config.maxMemoryPolicy === undefined) return;
  await applyPolicy(redisOptionsOf(config), config.maxMemoryPolicy, printError);
}

async function applyPolicy(options: RedisStoreOptions, policy: string, printError: Print): Promise<void> {
  try {
    await setMaxMemoryPolicy(options, policy);
  } catch (error) {
    if (!(error instanceof RedisConfigError)) throw error;
    if (error.word === 'unreachable') return printError(`note: ${error.message}`);
    const remedy =
      'set it in the configuration of Redis and leave MAX_MEMORY_POLICY out, or name --eviction for our memory alone';
    throw new CommandError(EXIT.usage, `${error.message}; ${remedy}`, { cause: error });
  }
}

/** A URL, or the parts of one as older set-ups have them. */
function redisOptionsOf({ redis }: StoreConfig): RedisStoreOptions {
  const { url, host, port, db, ...others } = redis;
  const hasParts = host !== undefined || port !== undefined;
  const address =
    url ?? `redis://${host?.includes(':') === true ? `[${host}]` : (host ?? '127.0.0.1')}:${port ?? 6379}`;
  if (url !== undefined && hasParts) {
    throw new CommandError(
      EXIT.usage,
      'redis.url and redis.host or redis.port exclude each other: leave one of them out',
    );
  }
  const named = ['cluster', 'sentinel'].some((way) => way in others);
  return {
    ...(!named && { url: address }),
    ...others,
    ...(db !== undefined && { connection: { ...(others['connection'] as object | undefined), db } }),
  };
}
