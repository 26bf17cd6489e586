import { readFileSync } from 'node:fs';
import { InvalidOptionError } from '@cachewarp/core';
import {
  checkProxyOptions,
  ProxyStartError,
  startProxy,
  startWorkers,
  type AnsweredRequest,
  type Proxy,
  type ProxyOptions,
} from '@cachewarp/proxy';
import { pino } from 'pino';
import type { Config } from '../config/config-schema.js';
import type { ConfigFault, LoadedConfig } from '../config/load-config.js';
import { CommandError, EXIT } from '../exit-codes.js';
import { endOnSignal } from './end-on-signal.js';
import type { Print } from './print.js';

/** What the command needs of one proxy, or of several workers. */
type Served = Pick<Proxy, 'url' | 'adminUrl' | 'drain' | 'close'>;

/** Every fault of a configuration that the proxy finds. */
export function checkConfig(config: Config): readonly ConfigFault[] {
  const faults = checkProxyOptions(optionsOf(config)).map(({ field, message }) => ({
    // Fields of the policy are named without it.
    path: field in config.policy ? `policy.${field}` : field,
    message: message.startsWith(`${field} `) ? message.slice(field.length + 1) : message,
  }));
  return config.origin === undefined ? faults.filter(({ path }) => path !== 'origin') : faults;
}

/** `cachewarp proxy`: serves until SIGTERM or SIGINT, then drains. A second signal ends it at once. */
export async function runProxy({ config, notices }: LoadedConfig, print: Print): Promise<void> {
  if (config.origin === undefined) {
    throw new CommandError(
      EXIT.usage,
      'origin is missing: name the server to cache with --origin https://api.example.com or ORIGIN_URL',
    );
  }
  // With workers, this process is run anew in each of them up to here: what is printed is printed behind it, once.
  const proxy = await start(config);
  for (const notice of notices) print(`note: ${notice}`);
  print(`cachewarp proxy listens on ${proxy.url} in front of ${[config.origin].flat().join(', ')}`);
  if (proxy.adminUrl !== undefined) print(`admin API on ${proxy.adminUrl}`);
  if (config.policy['defaultTtl'] === undefined && config.rules.length === 0) {
    print('answers that state no freshness are not kept; --cache-ttl 30s keeps them for 30 seconds');
  }
  await endOnSignal(proxy, print);
}

async function start(config: Config): Promise<Served> {
  try {
    const onAnswered = logWith(config.log);
    const options = { ...optionsOf(config), ...(onAnswered !== undefined && { onAnswered }) };
    return await (config.workers > 1 ? startWorkers(options, config.workers) : startProxy(options));
  } catch (error) {
    if (error instanceof ProxyStartError) throw new CommandError(EXIT.address, error.message, { cause: error });
    if (error instanceof InvalidOptionError) throw new CommandError(EXIT.usage, error.message, { cause: error });
    throw error;
  }
}

function optionsOf({ origin, port, host, policy, rules, memory, limits, upstream, admin, tls }: Config): ProxyOptions {
  return {
    origin: origin ?? 'http://origin.invalid',
    port,
    ...(host !== undefined && { host }),
    policy,
    rules,
    cache: { memory: defined(memory) },
    limits,
    upstream,
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

/** One JSON line a request, at the level `info`; failures at `error`. Queries are left out: they may hold secrets. */
function logWith(level: Config['log']): ((request: AnsweredRequest) => void) | undefined {
  if (level === 'silent') return undefined;
  const log = pino({ level, base: null });
  return ({ target, ...request }) => {
    const line = { ...request, path: target.split('?', 1)[0] };
    if (request.status >= 500) log.error(line);
    else log.info(line);
  };
}
