import { InvalidOptionError } from '@cachewarp/core';
import { startServer, type CacheServer, type ServerOptions, type TokenOptions } from '@cachewarp/server';
import { whenFull } from '../config/max-memory-policy.js';
import type { ServerConfig } from '../config/server-schema.js';
import { CommandError, EXIT } from '../exit-codes.js';
import { applyMaxMemoryPolicy, openStore } from '../stores/open-store.js';
import { endOnSignal } from './end-on-signal.js';
import type { Print } from './print.js';

/** `cachewarp server`: serves until SIGTERM or SIGINT, then drains. A second signal ends it at once. */
export async function runServer(config: ServerConfig, print: Print, printError: Print): Promise<void> {
  const server = await start(config, printError);
  print(`cachewarp server listens on ${server.url}`);
  if (server.adminUrl !== undefined) print(`admin API on ${server.adminUrl}`);
  let lost = 0;
  const drain = async (): Promise<void> => {
    ({ lost } = await server.drain());
  };
  await endOnSignal({ drain, close: () => server.close() }, print);
  if (lost > 0) throw new CommandError(EXIT.failure, `${lost} acknowledged writes could not be written`);
}

async function start(config: ServerConfig, printError: Print): Promise<CacheServer> {
  try {
    return await startServer(await optionsOf(config, printError));
  } catch (error) {
    if (error instanceof InvalidOptionError) throw new CommandError(EXIT.usage, error.message, { cause: error });
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      throw new CommandError(EXIT.address, `port ${config.port} is in use: take another with --port`, { cause: error });
    }
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new CommandError(
        EXIT.address,
        `cannot listen on ${config.host ?? '127.0.0.1'} port ${config.port}: ${message}`,
        { cause: error },
      );
    }
    throw error;
  }
}

async function optionsOf(config: ServerConfig, printError: Print): Promise<ServerOptions> {
  const {
    port,
    host,
    defaultTtl,
    memory,
    maxMemoryPolicy = 'allkeys-lru',
    writePolicy,
    writeBehind,
    limits,
    admin,
  } = config;
  const full = whenFull(maxMemoryPolicy);
  const policy = memory.policy ?? full.policy;
  await applyMaxMemoryPolicy(config, printError);
  const store = openStore(config);
  const options = {
    port,
    host,
    name: config.name,
    tokens: tokensOf(config),
    defaultTtl,
    memory: defined({ ...memory, policy }),
    whenFull: memory.policy === undefined && full.refuses ? 'refuse' : 'evict',
    store,
    writePolicy,
    writeBehind,
    limits,
    admin: admin === false ? false : defined({ port: 0, ...admin }),
    onError: (error: unknown) => printError(`cachewarp: ${error instanceof Error ? error.message : String(error)}`),
  };
  return defined(options) as ServerOptions;
}

function tokensOf({ token, readToken, tokens }: ServerConfig): TokenOptions[] {
  return [
    ...(token === undefined ? [] : [{ token }]),
    ...(readToken === undefined ? [] : [{ token: readToken, readOnly: true }]),
    ...(tokens as unknown as TokenOptions[]),
  ];
}

/** Without the members that are undefined. */
function defined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
