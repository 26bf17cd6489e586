import type { SharedTier, TierSource, TierUser } from '@cachewarp/core';
import type { Cluster, Redis } from 'ioredis';
import { connect } from '../connection/connections.js';
import { KeySpace } from '../connection/key-space.js';
import { readOptions, type RedisStoreOptions } from '../connection/redis-options.js';
import { ServerTime } from '../connection/server-time.js';
import { Wire } from '../connection/wire.js';
import { LeaseEnds } from '../entries/lease-ends.js';
import { RedisEntryStore } from '../entries/redis-entry-store.js';
import { RedisPeers } from '../connection/redis-peers.js';
import { LogTail } from '../log/log-tail.js';
import { RedisLog } from '../log/redis-log.js';

/**
 * Redis (6.2 and newer), Valkey, Redis Cluster or a master behind Sentinel as the tier that processes share: entries, leases, and the
 * invalidation log. Give it to `createCache({ store })`.
 *
 * Nothing waits for Redis when it is opened: without Redis the process starts, and joins when it comes. See `docs/redis.md` for what holds
 * when it fails.
 *
 * @throws InvalidOptionError naming the faulty option as `redis.<option>`
 */
export function redisStore(options: RedisStoreOptions = {}): TierSource {
  const settings = readOptions(options);
  return {
    name: 'redis',
    open(user: TierUser): SharedTier {
      const keys = new KeySpace(settings.keyPrefix, user.name);
      const fault = (error: unknown): void => log.fault('connect', error);
      const { data, tail, ears } = connect(settings, user.random, fault);
      const wire = new Wire(data);
      const time = new ServerTime();
      const log: RedisLog = new RedisLog({ wire, keys, settings, user, time });
      const tailing = new LogTail({ log, client: tail, wire: new Wire(tail, false), keys, settings, user, time });
      const ends = new LeaseEnds({ wire, ears, keys, clock: user.clock, random: user.random });
      const peers = new RedisPeers({ wire, ears, keys });
      const disconnect = async (): Promise<void> => {
        tailing.close();
        ends.close();
        await peers.close();
        for (const client of [data, tail, ears]) client.disconnect();
      };
      const store = new RedisEntryStore({ wire, client: data, keys, settings, user, time, log, ends, disconnect });
      watch(data, log);
      return { store, log, peers };
    },
  };
}

/** Tells the log of every connection that may lead to another server than before. */
function watch(client: Redis | Cluster, log: RedisLog): void {
  const events: Redis = client as Redis;
  events.on('ready', () => log.connected());
  for (const name of ['close', 'end']) events.on(name, () => log.disconnected());
  for (const name of ['+node', '-node']) events.on(name, () => log.doubt());
}
