import { expect } from 'chai';
import fc from 'fast-check';
import * as errors from '#src/base/errors.js';

const { CacheWarpError, EncodeError, InvalidOptionError, LoadTimeoutError, show } = errors;

describe('CacheWarpError', () => {
  it('carries the name of its class, a code, the key and the cause', () => {
    const cause = new Error('why');
    const error = new CacheWarpError('ERR_CACHEWARP_TEST', 'what', { cause, key: 'user("42")' });
    expect(error).to.include({
      name: 'CacheWarpError',
      code: 'ERR_CACHEWARP_TEST',
      message: 'what',
      key: 'user("42")',
      cause,
    });
    expect(error).to.be.instanceOf(Error);
  });

  it('has a cause only if one was given, were it undefined', () => {
    expect(new CacheWarpError('C', 'm')).not.to.have.property('cause');
    expect(Object.hasOwn(new CacheWarpError('C', 'm', { cause: undefined }), 'cause')).to.equal(true);
  });

  it('says in each subclass which class, code and subject it is', () => {
    const option = new InvalidOptionError('ttl', 'must be a duration above 0', -5);
    expect(option).to.include({
      name: 'InvalidOptionError',
      code: 'ERR_CACHEWARP_INVALID_OPTION',
      field: 'ttl',
      value: -5,
    });
    expect(option.message).to.equal('ttl must be a duration above 0, got -5');

    const timeout = new LoadTimeoutError('user("42")', 250);
    expect(timeout).to.include({ name: 'LoadTimeoutError', key: 'user("42")', timeoutMs: 250 });
    expect(timeout.message).to.equal('load of "user(\\"42\\")" took longer than hardTimeout (250 ms)');

    const encode = new EncodeError('$.user', 'a function is not data');
    expect(encode).to.include({ name: 'EncodeError', code: 'ERR_CACHEWARP_ENCODE', path: '$.user' });
  });

  it('gives every class a code of its own', () => {
    const made = [
      new errors.InvalidOptionError('f', 'e', 1),
      new errors.DuplicateKeyFamilyError('f', 'r'),
      new errors.EncodeError('$', 'r'),
      new errors.DecodeError('r'),
      new errors.LoadTimeoutError('k', 1),
      new errors.StoreTimeoutError('s', 'get', 1),
      new errors.BreakerOpenError('s', 'get'),
      new errors.CacheClosedError('c', 'get'),
      new errors.UnboundCacheError('A.b', 'r'),
      new errors.InvalidationError('A.b', 1, new Error('c')),
    ];
    const classes = Object.values(errors).filter(
      (value) => String(value).startsWith('class') && value !== CacheWarpError,
    );
    expect(made.map((error) => error.constructor)).to.have.members(classes);
    expect(new Set(made.map((error) => error.code)).size).to.equal(classes.length);
    for (const error of made) expect(error.code).to.match(/^ERR_CACHEWARP_[A-Z_]+$/);
  });
});

describe('show', () => {
  it('quotes text and tells types apart', () => {
    expect(['5', 5, 5n, -0, null, undefined, true, Symbol('s')].map(show)).to.deep.equal([
      '"5"',
      '5',
      '5n',
      '0',
      'null',
      'undefined',
      'true',
      'Symbol(s)',
    ]);
    expect(show({ a: [1] })).to.equal('{"a":[1]}');
  });

  it('names functions', () => {
    expect(show(function load() {})).to.equal('function load');
    expect(show(() => 1)).to.equal('a function');
  });

  it('shortens long text and large objects', () => {
    expect(show('x'.repeat(5000))).to.have.lengthOf(203);
    expect(show({ x: 'x'.repeat(5000) })).to.have.lengthOf(201);
  });

  it('never throws, whatever the value does', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const throwing = {
      toJSON: () => {
        throw new Error('no');
      },
    };
    const nameless = Object.defineProperty(() => 1, 'name', { value: Symbol('name') });
    for (const value of [cycle, revoked.proxy, throwing, { toJSON: () => undefined }, { big: 1n }]) {
      expect(show(value)).to.equal('an object');
    }
    expect(show(nameless)).to.be.a('string');
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withNullPrototype: true }),
        (value) => typeof show(value) === 'string',
      ),
    );
  });
});
