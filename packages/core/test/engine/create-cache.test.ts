import { rejects } from 'node:assert/strict';
import { expect } from 'chai';
import { InvalidOptionError } from '#src/base/errors.js';
import type { Cache } from '#src/engine/cache.js';
import { createCache, type CreateCacheOptions } from '#src/engine/create-cache.js';

describe('createCache', () => {
  it('works with no options at all', async () => {
    const cache = createCache();
    expect(await cache.getOrLoad('k', () => 1)).to.equal(1);
    expect(cache.name).to.equal('default');
    await cache.close();
  });

  const faults: [Record<string, unknown>, string][] = [
    [{ nmae: 'x' }, 'nmae is not an option'],
    [{ name: '' }, 'name must be text of 1 to 128 characters, got ""'],
    [{ memory: { maxBytes: 'lots' } }, 'memory.maxBytes must be a number of bytes above 0'],
    [{ memory: { maxBytes: 0 } }, 'memory.maxBytes'],
    [{ memory: { maxEntries: 0 } }, 'memory.maxEntries'],
    [{ memory: { policy: 'mru' } }, 'memory.policy must be one of "s3fifo", '],
    [{ memory: true }, 'memory must be an object, got true'],
    [{ store: { get: 1 } }, 'store.get must be a function'],
    [{ storeTimeout: -1 }, 'storeTimeout must be a duration above 0'],
    [{ defaults: { ttl: 0 } }, 'defaults.ttl must be a duration above 0'],
    [{ defaults: { ttl: '5 minutes' } }, 'got "5 minutes"'],
    [{ defaults: { tll: 1 } }, 'defaults.tll is not an option'],
    [{ values: 'copy' }, 'values must be one of "share", "freeze", "clone", got "copy"'],
  ];
  for (const [options, message] of faults) {
    it(`refuses ${JSON.stringify(options)}: ${message}`, () => {
      expect(() => createCache(options as CreateCacheOptions)).to.throw(InvalidOptionError, message);
    });
  }

  const faultyCalls: [string, (cache: Cache) => Promise<unknown>][] = [
    ['key must be text of 1 to 8192 characters, got 5', (cache) => cache.getOrLoad(5 as never, () => 1)],
    [
      'key must be text of 1 to 8192 characters, got undefined',
      (cache) => cache.getOrLoad(undefined as never, () => 1),
    ],
    ['key must be text of 1 to 8192 characters, got {}', (cache) => cache.set({} as never, 1)],
    ['loader must be a function, got undefined', (cache) => cache.getOrLoad('k', undefined as never)],
    ['loader must be a function, got 1', (cache) => cache.refresh('k', 1 as never)],
    ['keys must be a list of keys, got "k"', (cache) => cache.getOrLoadMany('k' as never, () => [])],
    ['loadMissing must be a function, got undefined', (cache) => cache.getOrLoadMany(['k'], undefined as never)],
  ];
  for (const [message, call] of faultyCalls) {
    it(`rejects a call: ${message}`, async () => {
      const cache = createCache();
      await rejects(call(cache), { name: 'InvalidOptionError', message });
      await cache.close();
    });
  }
});
