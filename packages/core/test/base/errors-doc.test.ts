import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import * as errors from '#src/base/errors.js';

/** One of each, so that its code can be read. */
const made: Record<string, errors.CacheWarpError> = {
  InvalidOptionError: new errors.InvalidOptionError('ttl', 'must be', -1),
  DuplicateKeyFamilyError: new errors.DuplicateKeyFamilyError('user', 'remedy'),
  EncodeError: new errors.EncodeError('$', 'reason'),
  DecodeError: new errors.DecodeError('reason'),
  LoadTimeoutError: new errors.LoadTimeoutError('k', 1),
  StoreTimeoutError: new errors.StoreTimeoutError('redis', 'get', 1),
  BreakerOpenError: new errors.BreakerOpenError('redis', 'get'),
  CacheClosedError: new errors.CacheClosedError('app', 'set'),
  UnboundCacheError: new errors.UnboundCacheError('A.b', 'remedy'),
  InvalidationError: new errors.InvalidationError('A.b', 1, new Error('cause')),
};

describe('docs/errors.md', () => {
  it('has a paragraph for every error code of the core, in the order of the classes', () => {
    const documented = readFileSync(new URL('../../../../docs/errors.md', import.meta.url), 'utf8');
    const codes = [...documented.matchAll(/^### `(\w+)`$/gm)].map((match) => match[1]);
    const classes = Object.entries(errors)
      .filter(([name, value]) => name !== 'CacheWarpError' && name.endsWith('Error') && typeof value === 'function')
      .map(([name]) => name);
    expect(Object.keys(made).sort()).to.deep.equal(classes.sort());
    const own = Object.values(made).map((error) => error.code);
    expect(codes.filter((code) => own.includes(code!))).to.deep.equal(own);
  });

  it('describes errors that carry their name, code and message', () => {
    for (const [name, error] of Object.entries(made)) {
      expect(error).to.be.instanceOf(Error);
      expect(error.name).to.equal(name);
      expect(error.code).to.match(/^ERR_CACHEWARP_[A-Z_]+$/);
      expect(error.message).to.not.equal('');
    }
  });
});
