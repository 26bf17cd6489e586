import { createCache, InvalidOptionError } from '@cachewarp/core';
import { expect } from 'chai';
import { httpCache } from '#src/caching/http-cache.js';

describe('httpCache refuses, naming field and value,', () => {
  const cache = createCache();
  const cases: [string, object, string][] = [
    ['no cache', {}, 'cache must be made by createCache, got undefined'],
    ['an unknown option', { cache, tttl: 5 }, 'tttl is not an option'],
    [
      'a ttl below 0',
      { cache, ttl: -5 },
      "ttl must be a duration above 0 (seconds, or text such as '90s', '5m', '1h'), got -5",
    ],
    ['a ttl that is no duration', { cache, ttl: '5 minutes' }, 'got "5 minutes"'],
    [
      'an unknown ttlMode',
      { cache, ttl: 5, ttlMode: 'strict' },
      'ttlMode must be one of "respect", "tighten", "override"',
    ],
    ['a negative window', { cache, staleIfError: -1 }, 'staleIfError must be a duration of 0 or more'],
    ['statuses that are no list', { cache, statuses: 200 }, 'statuses must be a list of statuses, got 200'],
    ['a status that is none', { cache, statuses: [20] }, 'statuses[0] must be a number from 200 to 999, got 20'],
    ['tags that are no list', { cache, tags: 'a' }, 'tags must be a list of at most 128 tags, got "a"'],
    ['an empty tag', { cache, tags: [''] }, 'tags[0] must be text of 1 to 512 characters, got ""'],
    [
      'a context that is no function',
      { cache, context: { user: 'anna' } },
      'context.user must be a function, got "anna"',
    ],
    ['a dimension whose name is taken', { cache, context: { origin: () => 'a' } }, 'context must have names'],
    [
      'keyed credentials without a context',
      { cache, credentials: 'keyed' },
      "credentials must not be 'keyed' without a context",
    ],
    ['a bypass that is no object', { cache, bypass: true }, 'bypass must be an object, got true'],
    ['an unknown option of bypass', { cache, bypass: { name: 'a' } }, 'bypass.name is not an option'],
    [
      'a bypass by what is no name',
      { cache, bypass: { param: 'a=b' } },
      'bypass.param must be the name of a query parameter, got "a=b"',
    ],
    [
      'a permission that is no function',
      { cache, bypass: { allow: true } },
      'bypass.allow must be a function, got true',
    ],
    ['an unknown extent', { cache, invalidate: true }, 'invalidate must be one of "collection", "uri", got true'],
    ['parameters that are no list', { cache, ignoreParams: 'utm_*' }, 'ignoreParams must be a list'],
    ['a size that is none', { cache, maxBodyBytes: '8 megabytes' }, 'maxBodyBytes must be a number of bytes above 0'],
    ['an unknown way of sending', { cache, send: 'fast' }, 'send must be one of "auto", "direct", "koa", got "fast"'],
  ];
  for (const [what, options, message] of cases) {
    it(what, () => {
      expect(() => httpCache(options as never)).to.throw(InvalidOptionError, message);
    });
  }
});
