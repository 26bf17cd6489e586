import { createCache } from '@cachewarp/core';
import type { Config } from '../config/config-schema.js';
import { CommandError, EXIT } from '../exit-codes.js';
import { openStore } from '../stores/open-store.js';
import type { AdminAddress } from './admin-client.js';
import type { Print } from './print.js';
import { purge } from './purge.js';

/** What clearing is asked with. */
export interface ClearOptions {
  readonly json?: boolean;
}

/**
 * `cachewarp clear` and `cachewarp proxy --clear-cache`: empties the cache. One on disk needs no running proxy; those that run on it hear
 * of it. Any other is emptied by the admin API of the running proxy.
 * @throws CommandError when the disk could not be cleared
 */
export async function clear(
  config: Config,
  admin: () => AdminAddress,
  options: ClearOptions,
  print: Print,
): Promise<void> {
  if (config.store !== 'disk') return purge({ ...options, all: true }, admin(), print);
  const store = openStore(config)!;
  const cache = createCache({ name: config.name, memory: false, store });
  let waiting = 0;
  let fault: unknown;
  cache.events.on('undelivered', (event) => void (waiting = event.waiting));
  cache.events.on('storeError', ({ error }) => void (fault ??= error));
  try {
    await cache.invalidate({ all: true }, { by: 'command line' });
  } finally {
    await cache.close();
  }
  if (waiting > 0 || fault !== undefined) {
    const reason = fault instanceof Error ? `: ${fault.message}` : '';
    throw new CommandError(EXIT.failure, `the cache ${config.name} on disk could not be cleared${reason}`);
  }
  print(options.json === true ? JSON.stringify({ cleared: config.name }) : `cleared the cache ${config.name} on disk`);
}
