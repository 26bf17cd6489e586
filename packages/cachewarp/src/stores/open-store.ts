import type { ServerOptions } from '@cachewarp/server';
import type { ServerConfig } from '../config/server-schema.js';
import { CommandError, EXIT } from '../exit-codes.js';

/** The tier behind the memory that `--store` names: the one place that knows all kinds. */
export function openStore({ store }: ServerConfig): ServerOptions['store'] {
  switch (store) {
    case 'memory':
      return undefined;
    case 'redis':
    case 'disk':
      throw new CommandError(EXIT.usage, `store must be 'memory': the ${store} store is not part of this version`);
  }
}
