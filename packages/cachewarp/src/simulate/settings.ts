import {
  assertNumber,
  assertOneOf,
  EVICTION_POLICIES,
  InvalidOptionError,
  parseBytes,
  parseDuration,
  type Duration,
  type EvictionPolicyName,
} from '@cachewarp/core';
import type { HttpPolicyOptions } from '@cachewarp/http';
import { checkConfig } from '../commands/proxy.js';
import { loadConfig } from '../config/load-config.js';
import { CommandError, EXIT } from '../exit-codes.js';
import type { SimulatedConfig } from './simulated-config.js';

/** One thing that can be simulated, by its flag and its name in `--against`. */
interface SimulatedSetting {
  readonly placeholder: string;
  readonly help: string;
  /** @param field - for messages: `--ttl` */
  apply(config: SimulatedConfig, field: string, text: string): SimulatedConfig;
}

export const SIMULATED_SETTINGS: Readonly<Record<string, SimulatedSetting>> = {
  policy: {
    placeholder: 'name',
    help: `which entries stay when memory is full: ${EVICTION_POLICIES.join(', ')} (s3fifo)`,
    apply(config, field, text) {
      const policy: string = text;
      assertOneOf(field, policy, EVICTION_POLICIES);
      return withMemory(config, { policy: policy as EvictionPolicyName });
    },
  },
  'max-bytes': {
    placeholder: 'size',
    help: 'memory for answers: bytes, or 64mb, 1gb (64mb)',
    apply: (config, field, text) => withMemory(config, { maxBytes: parseBytes(field, numberOr(text)) }),
  },
  'max-entries': {
    placeholder: 'n',
    help: 'most answers that are kept (no bound)',
    apply(config, field, text) {
      const maxEntries = numberOr(text);
      assertNumber(field, maxEntries, 1, 2 ** 31);
      return withMemory(config, { maxEntries });
    },
  },
  ttl: {
    placeholder: 'time',
    help: 'for how long an answer is fresh: seconds, or 30s, 5m (60s)',
    apply: (config, field, text) => withPolicy(config, { defaultTtl: durationOf(field, text) }),
  },
  'stale-while-revalidate': {
    placeholder: 'time',
    help: 'for how long it is then served while one request refreshes it (off)',
    apply: (config, field, text) => withPolicy(config, { staleWhileRevalidate: durationOf(field, text) }),
  },
  'negative-ttl': {
    placeholder: 'time',
    help: 'for how long a 404 or 410 is fresh (not kept)',
    apply(config, field, text) {
      const ttl = durationOf(field, text);
      return withPolicy(config, { negativeTtl: { 404: ttl, 410: ttl } });
    },
  },
  'ignore-params': {
    placeholder: 'names',
    help: "query parameters that do not count, separated by spaces or +: 'utm_* gclid' (none)",
    apply(config, _, text) {
      const ignoreParams = text.split(/[ +]/).filter((name) => name !== '');
      return withPolicy(config, { key: { ...config.policy.key, ignoreParams } });
    },
  },
};

const DEFAULT_CONFIG: SimulatedConfig = {
  name: 'as given',
  memory: { maxBytes: '64mb' },
  policy: { defaultTtl: '60s' },
  rules: [],
};

/**
 * The configuration that is simulated: of a file of the proxy's where one is named, and the flags over it.
 * @param given - flags that were given, by their names without dashes
 * @throws CommandError naming the flag and its value
 */
export async function readSimulatedConfig(
  given: ReadonlyMap<string, string>,
  file: string | undefined,
  directory: string,
): Promise<SimulatedConfig> {
  let config = file === undefined ? DEFAULT_CONFIG : await readFile(file, directory);
  for (const [name, text] of given) config = applied(config, name, `--${name}`, text);
  return config;
}

/**
 * The configuration to set beside another one: `ttl=5m,policy=lru` over that one, or a file of the proxy's.
 * @throws CommandError naming what is wrong, and its value
 */
export async function readAgainst(text: string, base: SimulatedConfig, directory: string): Promise<SimulatedConfig> {
  if (!text.includes('=')) return readFile(text, directory);
  let config: SimulatedConfig = { ...base, name: text };
  for (const part of text.split(',')) {
    const equals = part.indexOf('=');
    const name = part.slice(0, Math.max(0, equals)).trim();
    if (!Object.hasOwn(SIMULATED_SETTINGS, name)) {
      const known = Object.keys(SIMULATED_SETTINGS).join(', ');
      throw new CommandError(
        EXIT.usage,
        `--against must be settings such as ttl=5m,policy=lru (known: ${known}), got '${part}'`,
      );
    }
    config = applied(config, name, `--against ${name}`, part.slice(equals + 1).trim());
  }
  return config;
}

async function readFile(file: string, directory: string): Promise<SimulatedConfig> {
  const { config } = await loadConfig({ flags: {}, file, env: {}, directory }, checkConfig);
  const { maxBytes, maxEntries, policy } = config.memory;
  return {
    name: file,
    memory: {
      ...(maxBytes !== undefined && { maxBytes }),
      ...(maxEntries !== undefined && { maxEntries }),
      ...(policy !== undefined && { policy }),
    },
    policy: config.policy as HttpPolicyOptions,
    rules: config.rules as SimulatedConfig['rules'],
  };
}

function applied(config: SimulatedConfig, name: string, field: string, text: string): SimulatedConfig {
  try {
    return SIMULATED_SETTINGS[name]!.apply(config, field, text);
  } catch (error) {
    if (error instanceof InvalidOptionError) throw new CommandError(EXIT.usage, error.message, { cause: error });
    throw error;
  }
}

function withMemory(config: SimulatedConfig, memory: SimulatedConfig['memory']): SimulatedConfig {
  return { ...config, memory: { ...config.memory, ...memory } };
}

function withPolicy(config: SimulatedConfig, policy: HttpPolicyOptions): SimulatedConfig {
  return { ...config, policy: { ...config.policy, ...policy } };
}

function durationOf(field: string, text: string): Duration {
  const value = numberOr(text) as Duration;
  parseDuration(field, value);
  return value;
}

function numberOr(text: string): number | string {
  return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
}
