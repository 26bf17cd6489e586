export { keyvStore, type KeyvStoreOptions } from './keyv-store.js';
export type { KeyvLike } from './keyv-like.js';
