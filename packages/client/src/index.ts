export { CacheClient, type CacheClientOptions, type InvalidationTargets } from './cache-client.js';
export type { Entry, ManyEntry, SetOptions, WriteCondition, Written } from './entry-content.js';
export {
  CacheClientError,
  CacheConnectionError,
  CacheResponseError,
  CacheTimeoutError,
  type Problem,
} from './errors.js';
export { KeyvAdapter } from './keyv-adapter.js';
