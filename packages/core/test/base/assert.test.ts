import { expect } from 'chai';
import {
  assertFunction,
  assertKnownOptions,
  assertNumber,
  assertObject,
  assertOneOf,
  assertText,
  parseBytes,
} from '#src/base/assert.js';
import { InvalidOptionError } from '#src/base/errors.js';

describe('assertObject', () => {
  it('takes objects and refuses everything else, lists and null included', () => {
    assertObject('options', {});
    for (const value of [undefined, null, [], 'x', 5, () => ({})]) {
      expect(() => assertObject('options', value)).to.throw(InvalidOptionError, 'options must be an object, got ');
    }
  });
});

describe('assertKnownOptions', () => {
  it('names the option that does not exist, its value, and those that do', () => {
    assertKnownOptions('defaults', { ttl: 1 }, ['ttl', 'tags']);
    expect(() => assertKnownOptions('defaults', { tll: 5 }, ['ttl', 'tags'])).to.throw(
      InvalidOptionError,
      'defaults.tll is not an option (known: ttl, tags), got 5',
    );
  });

  it('names options of the top level without a path', () => {
    expect(() => assertKnownOptions('', { tll: 5 }, ['ttl'])).to.throw(InvalidOptionError, /^tll is not an option/);
  });
});

describe('assertNumber', () => {
  it('includes both bounds and refuses what lies beyond, NaN and text', () => {
    assertNumber('jitter', 0, 0, 1);
    assertNumber('jitter', 1, 0, 1);
    for (const value of [-0.1, 1.1, NaN, '0.5', undefined]) {
      expect(() => assertNumber('jitter', value, 0, 1)).to.throw(
        InvalidOptionError,
        'jitter must be a number from 0 to 1',
      );
    }
  });
});

describe('assertOneOf', () => {
  it('lists the words it would take', () => {
    assertOneOf('values', 'share', ['share', 'clone']);
    expect(() => assertOneOf('values', 'copy', ['share', 'clone'])).to.throw(
      InvalidOptionError,
      'values must be one of "share", "clone", got "copy"',
    );
  });
});

describe('assertFunction', () => {
  it('takes functions only', () => {
    assertFunction('when', () => true);
    expect(() => assertFunction('when', true)).to.throw(InvalidOptionError, 'when must be a function, got true');
  });
});

describe('assertText', () => {
  it('takes text from 1 character up to the limit', () => {
    assertText('name', 'a', 3);
    assertText('name', 'abc', 3);
    for (const value of ['', 'abcd', 5, undefined]) {
      expect(() => assertText('name', value, 3)).to.throw(InvalidOptionError, 'name must be text of 1 to 3 characters');
    }
  });
});

describe('parseBytes', () => {
  it('reads numbers, and text in units of 1,024', () => {
    const read = (value: unknown): number => parseBytes('maxBytes', value);
    expect([1, 1.9, '1b', '1.5kb', '64mb', '64 MB', '2gb'].map(read)).to.deep.equal([
      1, 1, 1, 1536, 67_108_864, 67_108_864, 2_147_483_648,
    ]);
  });

  for (const value of [
    0,
    -1,
    NaN,
    Infinity,
    '',
    '64',
    'mb',
    '64 megabytes',
    '-1mb',
    '0kb',
    '0.5b',
    '999999999999gb',
    5n,
    null,
  ]) {
    it(`refuses ${String(value) === '' ? 'empty text' : String(value)}`, () => {
      expect(() => parseBytes('maxBytes', value)).to.throw(
        InvalidOptionError,
        "maxBytes must be a number of bytes above 0 (or text such as '64mb')",
      );
    });
  }
});
