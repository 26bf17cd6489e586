export { redisStore } from './tier/redis-store.js';
export type { Compression, RedisStoreOptions } from './connection/redis-options.js';
export { RedisConfigError, setMaxMemoryPolicy } from './connection/max-memory-policy.js';
