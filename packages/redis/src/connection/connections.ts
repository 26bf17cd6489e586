import { Cluster, Redis } from 'ioredis';
import type { RedisOptions } from 'ioredis';
import type { RedisSettings } from './redis-options.js';

/** A client that talks to one server, or to a cluster. */
export type Client = Redis | Cluster;

/** The connections of one cache. */
export interface Connections {
  /** Reads, writes and scripts. It never resends and never queues: what cannot be sent now, or is not answered, fails. */
  readonly data: Client;
  /** Waits in the log. */
  readonly tail: Client;
  /** Hears of ended leases. */
  readonly ears: Client;
}

/** Replies are of one shape, whichever protocol the server speaks. */
type OwnOptions = RedisOptions & { replyMapping: 'legacy' };

/** Between tries to connect: this, doubled with every failure up to {@link MAX_RETRY_MS}, and up to a half more by chance. */
const FIRST_RETRY_MS = 50;
const MAX_RETRY_MS = 2_000;

/** Makes the connections. They begin to connect at once, and for ever; none keeps the process alive unless something is asked of it. */
export function connect(settings: RedisSettings, random: () => number, onError: (error: unknown) => void): Connections {
  const { target, socketTimeoutMs } = settings;
  const retryStrategy = (times: number): number =>
    Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(10, times - 1)) * (1 + random() / 2);
  const common: OwnOptions = {
    retryStrategy,
    // A server that has become a replica, or is one still: another one may be the master now.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    keyPrefix: '',
    lazyConnect: false,
    // Deadlines are ours: one for every command would end the wait in the log.
    commandTimeout: undefined,
    blockingTimeout: undefined,
    socketTimeout: undefined,
    scripts: undefined,
    enableOfflineQueue: false,
    enableAutoPipelining: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: true,
    maxRetriesPerRequest: 0,
    replyMapping: 'legacy',
    stringNumbers: false,
    monitor: false,
    readOnly: false,
    // A server that loads its data refuses to be joined. Sentinel's check of the role is needed: the server may not be the master.
    enableReadyCheck: target.kind === 'single' && target.options.sentinels !== undefined,
  };
  // A connection whose answers are overdue is given up: ioredis then fails everything that was sent on it.
  const data: OwnOptions = { ...common, socketTimeout: Math.max(1, Math.ceil(socketTimeoutMs)) };
  const ears: OwnOptions = { ...common, enableOfflineQueue: true, maxRetriesPerRequest: null, protocol: 2 };
  const make = (own: OwnOptions, isEars = false): Client => {
    const client =
      target.kind === 'single'
        ? new Redis({ ...target.options, ...own })
        : new Cluster([...target.nodes], {
            ...target.options,
            keyPrefix: '',
            lazyConnect: false,
            scaleReads: 'master',
            enableOfflineQueue: isEars,
            enableAutoPipelining: false,
            clusterRetryStrategy: retryStrategy,
            redisOptions: { ...target.options.redisOptions, ...clusterNodeOptions(own) },
          });
    client.on('error', onError);
    letProcessEnd(client);
    return client;
  };
  return { data: make(data), tail: make(common), ears: make(ears, true) };
}

/** Options that a Cluster decides for itself are left to it. */
function clusterNodeOptions(options: OwnOptions): OwnOptions {
  const own = { ...options };
  delete own.retryStrategy;
  delete own.enableOfflineQueue;
  delete own.lazyConnect;
  delete own.readOnly;
  return own;
}

/** Neither the connection nor the wait for the next try keeps the process alive. */
function letProcessEnd(client: Client): void {
  if (client instanceof Cluster) {
    client.on('+node', (node: Redis) => letProcessEnd(node));
    return;
  }
  // Not public in ioredis' types; where they are not there, nothing is lost but this.
  const parts = client as unknown as { stream?: { unref?(): void }; reconnectTimeout?: { unref?(): void } };
  client.on('connect', () => parts.stream?.unref?.());
  client.on('reconnecting', () => parts.reconnectTimeout?.unref?.());
}
