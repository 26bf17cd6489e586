import { assertObject } from '../base/assert.js';
import type { Duration } from '../base/duration.js';
import { InvalidOptionError } from '../base/errors.js';
import {
  readCacheResponseOptions,
  type AnyCacheResponseOptions,
  type CacheResponseOptions,
} from './cache-response-options.js';
import { CachedMethod } from './cached-method.js';
import type { AsyncMethod, CacheWarpDecorator, FromResult, SelfOf } from './decorated-method.js';
import { noteCached } from './method-metadata.js';
import { decorateMethods } from './method-site.js';

/**
 * Caches what an async method returns. Under both decorator protocols, on instance, static and `#private` methods:
 *
 * ```ts
 * class UserService {
 *   @CacheResponse('5m', { tags: (user) => [`team:${user.team}`], staleIfError: '1h' })
 *   async findById(id: string): Promise<User> { … }
 * }
 * ```
 *
 * The key is made of the class of the instance, the method and all arguments, type by type: `f(1)`, `f('1')`, `f(1n)`,
 * `f(null)`, `f(undefined)` and `f()` have six keys. The Cache is found at each call: the one the instance is bound to
 * (`bindCaching`), or else the root container's (`registerCacheWarp`); without one, the method runs uncached and one process
 * warning says so. Concurrent calls of one key share one run of the method.
 *
 * The method keeps `this`, name, length, own properties and Reflect metadata. A call is rejected with an EncodeError when an
 * argument cannot be part of a key, and with a DuplicateKeyFamilyError when two classes of one name would share entries.
 *
 * @param ttl - seconds, or text such as `'90s'`, `'5m'`, `'1h'`; or a function of the result. Default: the cache's
 * @throws InvalidOptionError, when the class is defined, naming the faulty or unknown option and its value
 */
export function CacheResponse<L, T, M extends AsyncMethod>(
  ttl: Duration | 'adaptive' | FromResult<SelfOf<L, T>, M, Duration>,
  options?: Omit<CacheResponseOptions<SelfOf<L, T>, M>, 'ttl'>,
): CacheWarpDecorator<L, T, M>;
/** The ttl, if it is given, among the options. */
export function CacheResponse<L, T, M extends AsyncMethod>(
  options?: CacheResponseOptions<SelfOf<L, T>, M>,
): CacheWarpDecorator<L, T, M>;
export function CacheResponse(ttlOrOptions?: unknown, options?: object): unknown {
  const plan = readCacheResponseOptions(oneObject(ttlOrOptions, options));
  return decorateMethods('CacheResponse', (site) => {
    const cached = new CachedMethod(site, plan);
    noteCached(site, cached);
    return CachedMethod.wrap(cached);
  });
}

function oneObject(ttlOrOptions: unknown, options: object | undefined): AnyCacheResponseOptions {
  if (options !== undefined) assertObject('options', options);
  if (ttlOrOptions === undefined) return options ?? {};
  if (typeof ttlOrOptions !== 'object') {
    if (options !== undefined && 'ttl' in options)
      throw new InvalidOptionError('ttl', 'must be given once', options.ttl);
    return { ...options, ttl: ttlOrOptions as Duration };
  }
  if (options !== undefined) throw new InvalidOptionError('ttl', 'must be given before other options', ttlOrOptions);
  return ttlOrOptions as AnyCacheResponseOptions;
}
