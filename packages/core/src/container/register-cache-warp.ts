import 'reflect-metadata';
import { container as rootContainer, type DependencyContainer } from 'tsyringe';
import { assertKnownOptions, assertObject } from '../base/assert.js';
import { InvalidOptionError } from '../base/errors.js';
import { Cache } from '../engine/cache.js';
import { createCache, type CreateCacheOptions } from '../engine/create-cache.js';
import { assertContext, declareContext, type ContextDimensions } from './context-dimensions.js';
import { noteRootCache } from './root-cache.js';
import { CACHE } from './tokens.js';

interface ContextOption {
  /**
   * What every result depends on beside the arguments, by name: `{ tenant: () => requests.getStore()?.tenant }`. Becomes part
   * of every key of every decorated method; a method's own `context` option may name fewer.
   * @defaultValue none
   */
  context?: ContextDimensions;
}

/** A Cache that is there already. Whoever made it closes it. */
interface GivenCache {
  cache: Cache;
}

/** Options of {@link registerCacheWarp}: those of `createCache`, or a Cache made before; and what its keys depend on. */
export type CacheWarpOptions = (CreateCacheOptions | GivenCache) & ContextOption;

/**
 * Registers a Cache in a tsyringe container, under the token `CACHE`, and returns it. In the root container, it serves every
 * decorated method that is not bound to another; in a child container, bind the classes with `bindCaching`.
 *
 * `container.dispose()` closes the Cache, unless it was given as `cache`. Registering again replaces what new calls and newly
 * resolved instances use; the former Cache stays open until the container is disposed.
 * @throws InvalidOptionError naming the first faulty option and its value
 */
export function registerCacheWarp(container: DependencyContainer, options: CacheWarpOptions = {}): Cache {
  if (typeof (container as Partial<DependencyContainer> | undefined)?.register !== 'function') {
    throw new InvalidOptionError('container', 'must be a container of tsyringe', container);
  }
  assertObject('options', options);
  const { context, ...rest } = options as CreateCacheOptions & Partial<GivenCache> & ContextOption;
  if (context !== undefined) assertContext('context', context);
  const isGiven = rest.cache !== undefined;
  const cache = isGiven ? givenCache(rest) : createCache(rest);
  if (context !== undefined) declareContext(cache, context);

  container.register<Cache>(CACHE, { useFactory: () => cache });
  if (container === rootContainer) noteRootCache(cache);
  if (!isGiven) closeWith(container, cache);
  return cache;
}

function givenCache(options: object & Partial<GivenCache>): Cache {
  assertKnownOptions('', options, ['cache']);
  if (options.cache instanceof Cache) return options.cache;
  throw new InvalidOptionError('cache', 'must be a Cache made by createCache', options.cache);
}

/** A container disposes of what it has constructed, and of nothing else: so it constructs something that closes the Cache. */
function closeWith(container: DependencyContainer, cache: Cache): void {
  class CacheCloser {
    dispose(): Promise<void> {
      return cache.close();
    }
  }
  container.register(CacheCloser, { useClass: CacheCloser });
  container.resolve(CacheCloser);
}
