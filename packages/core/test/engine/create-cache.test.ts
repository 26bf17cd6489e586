import { expect } from 'chai';
import { InvalidOptionError } from '#src/base/errors.js';
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
    [{ memory: { policy: 'mru' } }, 'memory.policy must be one of "lru", got "mru"'],
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
});
