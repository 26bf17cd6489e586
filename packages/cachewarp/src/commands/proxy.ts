import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { InvalidOptionError, type CreateCacheOptions, type TierSource } from '@cachewarp/core';
import {
  checkProxyOptions,
  ProxyStartError,
  startProxy,
  startWorkers,
  type Proxy,
  type ProxyOptions,
} from '@cachewarp/proxy';
import type { Config } from '../config/config-schema.js';
import type { StoreConfig } from '../config/store-schema.js';
import type { ConfigFault, LoadedConfig } from '../config/load-config.js';
import { CommandError, EXIT } from '../exit-codes.js';
import { makeRequestLog } from '../logging/request-logger.js';
import { openStore } from '../stores/open-store.js';
import { endOnSignal } from './end-on-signal.js';
import type { Print } from './print.js';

/** What the command needs of one proxy, or of several workers. */
type Served = Pick<Proxy, 'url' | 'adminUrl' | 'drain' | 'close'> & {
  reload(config: Config): Promise<readonly string[]>;
};

/** Every fault of a configuration that the proxy finds. */
export function checkConfig(config: Config): readonly ConfigFault[] {
  const found = [...checkProxyOptions(optionsOf(config)), ...checkStore(config)];
  const faults = found.map(({ field, message }) => ({
    // Fields of the policy are named without it.
    path: field in config.policy ? `policy.${field}` : field,
    message: message.startsWith(`${field} `) ? message.slice(field.length + 1) : message,
  }));
  return config.origin === undefined ? faults.filter(({ path }) => path !== 'origin') : faults;
}

/** What the tier says of its options; it is not connected to. */
function checkStore(config: Config): readonly InvalidOptionError[] {
  try {
    openStore(config);
    return [];
  } catch (error) {
    if (error instanceof InvalidOptionError) return [error];
    throw error;
  }
}

/**
 * `cachewarp proxy`: serves until SIGTERM or SIGINT, then drains. A second signal ends it at once. SIGHUP reads the configuration anew.
 *
 * @param load - reads the configuration as it was read at the start
 */
export async function runProxy(load: () => Promise<LoadedConfig>, print: Print, printError: Print): Promise<void> {
  // From the beginning: who sends it early wants the configuration that is read a moment later, not an end.
  let reload = (): void => undefined;
  const onHangUp = (): void => reload();
  process.on('SIGHUP', onHangUp);
  const { config } = withOrigin(await load());
  // With workers, this process is run anew in each of them up to here: what is printed is printed behind it, once.
  const proxy = await start(config);
  print(`cachewarp proxy listens on ${proxy.url} in front of ${[config.origin!].flat().join(', ')}`);
  if (proxy.adminUrl !== undefined) print(`admin API on ${proxy.adminUrl}`);
  if (config.policy['defaultTtl'] === undefined && config.rules.length === 0) {
    print('answers that state no freshness are not kept; --cache-ttl 30s keeps them for 30 seconds');
  }
  reload = reloader({ proxy, config, load, print, printError });
  await endOnSignal(proxy, print);
  process.off('SIGHUP', onHangUp);
}

function withOrigin(loaded: LoadedConfig): LoadedConfig {
  if (loaded.config.origin !== undefined) return loaded;
  throw new CommandError(
    EXIT.usage,
    'origin is missing: name the server to cache with --origin https://api.example.com or ORIGIN_URL',
  );
}

async function start(config: Config): Promise<Served> {
  try {
    // Made here, in whichever process: what goes to the workers is the configuration, which is plain data.
    const makeOptions = (data: unknown): ProxyOptions => withLog(data as Config);
    if (config.workers > 1) return await startWorkers(withLog(config), config.workers, makeOptions);
    const proxy = await startProxy(withLog(config));
    const { url, adminUrl } = proxy;
    const reload = async (changed: Config): Promise<readonly string[]> =>
      Promise.resolve(proxy.reload(withLog(changed)));
    return { url, adminUrl, drain: () => proxy.drain(), close: () => proxy.close(), reload };
  } catch (error) {
    if (error instanceof ProxyStartError) throw new CommandError(EXIT.address, error.message, { cause: error });
    if (error instanceof InvalidOptionError) throw new CommandError(EXIT.usage, error.message, { cause: error });
    throw error;
  }
}

let tier: { readonly of: StoreConfig; readonly source: TierSource | undefined } | undefined;

/** The tier, the same one as long as its configuration is the same: another one would need a restart. */
function tierOf({ store, redis, disk }: Config): TierSource | undefined {
  const of = { store, redis, disk };
  if (!isDeepStrictEqual(tier?.of, of)) tier = { of, source: openStore(of) };
  return tier?.source;
}

/** The options, and a log of this process. */
function withLog(config: Config): ProxyOptions {
  const log = makeRequestLog(config.log);
  const store = tierOf(config);
  const options = optionsOf(config);
  const cache = { ...(options.cache as CreateCacheOptions), ...(store && { store }) };
  return { ...options, cache, ...(log !== undefined && { log }) };
}

function optionsOf(config: Config): ProxyOptions {
  const { origin, port, host, name, policy, rules, memory, limits, upstream, admin, tls, fastLane } = config;
  const { tracing } = config;
  return {
    origin: origin ?? 'http://origin.invalid',
    port,
    ...(host !== undefined && { host }),
    policy,
    rules,
    cache: { name, memory: defined(memory) },
    limits,
    upstream,
    fastLane,
    tracing,
    ...(admin !== false && { admin: defined(admin) }),
    ...(tls !== undefined && { tls: { cert: readPem('tls.cert', tls.cert), key: readPem('tls.key', tls.key) } }),
  } as ProxyOptions;
}

function readPem(field: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CommandError(EXIT.usage, `${field} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/** Without the members that are undefined. */
function defined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}

/** What SIGHUP does: reads the configuration and puts it in force, whole or not at all. */
function reloader({ proxy, config: first, load, print, printError }: ReloaderParts): () => void {
  let inForce = first;
  const reload = async (): Promise<void> => {
    try {
      const { config } = withOrigin(await load());
      const needRestart = await proxy.reload(config);
      const waiting = [...new Set([...needRestart.map(nameOf), ...namesThatDiffer(inForce, config)])];
      const { workers, name, store, redis, disk } = inForce;
      inForce = { ...config, workers, name, store, redis, disk };
      const butFor = waiting.length === 0 ? '' : `, but for ${waiting.join(', ')}: that needs a restart`;
      print(`SIGHUP: the configuration was read again and is in force${butFor}`);
    } catch (error) {
      printError(`SIGHUP: the running configuration stays in force: ${(error as Error).message}`);
    }
  };
  // One after the other: the last one that was asked for is the one in force.
  let turn = Promise.resolve();
  return () => void (turn = turn.then(reload));
}

interface ReloaderParts {
  readonly proxy: Served;
  readonly config: Config;
  readonly load: () => Promise<LoadedConfig>;
  readonly print: Print;
  readonly printError: Print;
}

/** What the command line decides, and the proxy does not know of. */
function namesThatDiffer(inForce: Config, config: Config): string[] {
  const names = ['workers', 'name', 'store', 'redis', 'disk'] as const;
  return names.filter((name) => !isDeepStrictEqual(inForce[name], config[name]));
}

/** The configuration's word for an option of the proxy. */
function nameOf(option: string): string {
  return option === 'cache' ? 'memory' : option;
}
