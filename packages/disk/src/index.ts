export { databaseFile, diskStore, type DiskStoreOptions } from './disk-store.js';
export { defaultDirectory } from './default-directory.js';
