export { redisStore } from './redis-store.js';
export type { Compression, RedisStoreOptions } from './connection/redis-options.js';
export { RedisConfigError, setMaxMemoryPolicy } from './max-memory-policy.js';
