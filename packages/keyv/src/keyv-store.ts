import {
  assertFunction,
  assertKnownOptions,
  assertNumber,
  assertObject,
  parseDuration,
  type Duration,
  type SharedTier,
  type TierSource,
  type TierUser,
} from '@cachewarp/core';
import { TextStore, type KeyvLike } from './keyv-like.js';
import { KeyvLog } from './keyv-log.js';
import { KeyvTierStore } from './keyv-tier-store.js';
import { Names } from './names.js';
import { Versions } from './versions.js';

/** Options of {@link keyvStore}. */
export interface KeyvStoreOptions {
  /**
   * How often it is looked whether another process has invalidated anything, at least 10 ms: entries in this process's memory may be served
   * so much longer. One small read each time.
   * @defaultValue '1s'
   */
  pollInterval?: Duration;
  /**
   * Whether closing the cache disconnects the adapter.
   * @defaultValue false
   */
  disconnects?: boolean;
}

const OPTIONS = ['pollInterval', 'disconnects'] as const satisfies readonly (keyof KeyvStoreOptions)[];

/**
 * Any Keyv instance, or Keyv storage adapter, as the second tier of a cache: give it to `createCache({ store })`. Entries are shared by the
 * processes that use the same medium and survive them; an invalidation holds for all of them. What the interface of Keyv does not permit:
 * one load for several processes, sizes, and hearing of invalidations at once; see docs/keyv.md.
 *
 * @throws InvalidOptionError naming the faulty option
 */
export function keyvStore(keyv: KeyvLike, options: KeyvStoreOptions = {}): TierSource {
  const [adapter, given]: unknown[] = [keyv, options];
  assertObject('keyv', adapter);
  for (const method of ['get', 'set', 'delete'] as const) assertFunction(`keyv.${method}`, adapter[method]);
  assertObject('options', given);
  assertKnownOptions('', given, OPTIONS);
  const pollMs = parseDuration('pollInterval', options.pollInterval ?? '1s');
  assertNumber('pollInterval', pollMs, 10, 3_600_000);
  return { name: 'keyv', open: (user) => openTier(keyv, user, pollMs, options.disconnects === true) };
}

function openTier(keyv: KeyvLike, { name: cache, clock, events }: TierUser, pollMs: number, ends: boolean): SharedTier {
  const name = 'keyv';
  // Keyv tells of its faults by an event, too; without a listener that may be an exception.
  keyv.on?.('error', (error) => events.emit('storeError', { store: name, operation: 'keyv', error }));
  const texts = new TextStore(keyv);
  const names = new Names(cache);
  const versions = new Versions(texts);
  const log = new KeyvLog({ name, texts, names, versions, events });
  const timer = setInterval(() => void log.poll(), pollMs).unref();
  const onClose = async (): Promise<void> => {
    clearInterval(timer);
    if (ends) await keyv.disconnect?.();
  };
  return { log, store: new KeyvTierStore({ name, texts, names, versions, log, clock, onClose }) };
}
