import type { Cache } from '@cachewarp/core';
import { assertKnownOptions, assertObject, InvalidOptionError } from '@cachewarp/core';
import type { Registry } from 'prom-client';

/** Options of {@link createMetrics}: `cache` or `caches` is required. */
export interface MetricsOptions {
  /** The cache to report on. */
  cache?: Cache;
  /** Several caches; their names tell them apart in the label `cache`, so the names must differ. */
  caches?: readonly Cache[];
  /**
   * Where the metrics are registered.
   * @defaultValue a registry of its own: nothing global is touched
   */
  registry?: Registry;
  /**
   * What every metric name begins with.
   * @defaultValue 'cachewarp_'
   */
  prefix?: string;
}

/** {@link MetricsOptions}, checked and with every default filled in. */
export interface MetricsSettings {
  readonly caches: readonly Cache[];
  readonly registry: Registry | undefined;
  readonly prefix: string;
}

const OPTIONS = ['cache', 'caches', 'registry', 'prefix'] as const satisfies readonly (keyof MetricsOptions)[];
const DEFAULT_PREFIX = 'cachewarp_';
// https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels; colons are reserved for recording rules.
const PREFIX = /^[a-zA-Z_][a-zA-Z0-9_]{0,63}$/;

/** @throws InvalidOptionError naming the first faulty option and its value */
export function readMetricsOptions(options: MetricsOptions): MetricsSettings {
  const given: unknown = options;
  assertObject('options', given);
  assertKnownOptions('', options, OPTIONS);
  const { registry, prefix = DEFAULT_PREFIX } = options;
  if (typeof prefix !== 'string' || !PREFIX.test(prefix)) {
    throw new InvalidOptionError('prefix', 'must be letters, digits and underscores, no digit first', prefix);
  }
  if (registry !== undefined && typeof registry.registerMetric !== 'function') {
    throw new InvalidOptionError('registry', 'must be a prom-client Registry', registry);
  }
  return { caches: readCaches(options), registry, prefix };
}

function readCaches({ cache, caches }: MetricsOptions): readonly Cache[] {
  if (cache !== undefined && caches !== undefined) {
    throw new InvalidOptionError('caches', 'must not be given beside cache', caches);
  }
  const list: unknown = cache === undefined ? caches : [cache];
  if (!Array.isArray(list) || list.length === 0) {
    throw new InvalidOptionError(
      caches === undefined ? 'cache' : 'caches',
      'must be a cache (or caches a list of them)',
      list,
    );
  }
  const names = new Set<string>();
  for (const [index, one] of (list as Cache[]).entries()) {
    const field = cache === undefined ? `caches[${index}]` : 'cache';
    if (typeof one?.stats !== 'function') throw new InvalidOptionError(field, 'must be made by createCache', one);
    if (names.has(one.name))
      throw new InvalidOptionError(`${field}.name`, 'must differ from the other caches’ names', one.name);
    names.add(one.name);
  }
  return list as Cache[];
}
