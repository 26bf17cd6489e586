export {
  CacheClient,
  type CacheClientOptions,
  type Entry,
  type InvalidationTargets,
  type ManyEntry,
  type SetOptions,
  type WriteCondition,
  type Written,
} from './cache-client.js';
export {
  CacheClientError,
  CacheConnectionError,
  CacheResponseError,
  CacheTimeoutError,
  type Problem,
} from './errors.js';
export { KeyvAdapter } from './keyv-adapter.js';
