import { number, text, type Setting } from './setting.js';

/** What is behind the memory, for every command that keeps a cache. */
export const STORE_SETTINGS: readonly Setting[] = [
  {
    path: 'store',
    flag: 'store',
    placeholder: 'kind',
    env: ['CACHEWARP_STORE'],
    read: text,
    help: 'what is behind the memory: memory (nothing), redis or disk (memory; redis where its address is given)',
  },
  {
    path: 'redis.url',
    flag: 'redis-url',
    placeholder: 'url',
    env: ['CACHEWARP_REDIS_URL', 'REDIS_URL'],
    read: text,
    help: 'address of Redis (redis://127.0.0.1:6379)',
    isSecret: true,
  },
  {
    path: 'redis.host',
    flag: 'redis-host',
    placeholder: 'name',
    env: ['REDIS_HOST'],
    read: text,
    help: 'host of Redis, in place of a URL',
  },
  {
    path: 'redis.port',
    flag: 'redis-port',
    placeholder: 'n',
    env: ['REDIS_PORT'],
    read: number,
    help: 'port of Redis, in place of a URL',
  },
  {
    path: 'redis.db',
    flag: 'redis-db',
    placeholder: 'n',
    env: ['REDIS_DB'],
    read: number,
    help: 'number of the database of Redis, in place of a URL',
  },
  {
    path: 'disk.path',
    flag: 'disk-path',
    placeholder: 'directory',
    env: ['CACHEWARP_DISK_PATH'],
    read: text,
    help: 'directory of the disk store (~/.cache/cachewarp)',
  },
];
