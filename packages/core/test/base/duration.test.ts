import { expect } from 'chai';
import fc from 'fast-check';
import { parseDuration } from '#src/base/duration.js';
import { InvalidOptionError } from '#src/base/errors.js';

describe('parseDuration', () => {
  it('reads numbers as seconds', () => {
    expect(parseDuration('ttl', 90)).to.equal(90_000);
    expect(parseDuration('ttl', 0.25)).to.equal(250);
  });

  it('reads every unit', () => {
    const read = (text: string): number => parseDuration('ttl', text);
    expect(['250ms', '90s', '5m', '1h', '7d', '1.5h'].map(read)).to.deep.equal([
      250, 90_000, 300_000, 3_600_000, 604_800_000, 5_400_000,
    ]);
  });

  it('takes Infinity for ever, and lengths beyond 2^31 ms as they are', () => {
    expect(parseDuration('ttl', Infinity)).to.equal(Infinity);
    expect(parseDuration('ttl', '365d')).to.equal(31_536_000_000);
  });

  it('takes 0 only where 0 has a meaning', () => {
    expect(parseDuration('negativeTtl', 0, { allowZero: true })).to.equal(0);
    expect(parseDuration('negativeTtl', '0s', { allowZero: true })).to.equal(0);
    expect(() => parseDuration('ttl', 0)).to.throw(InvalidOptionError, 'ttl must be a duration above 0');
    expect(() => parseDuration('ttl', '0ms')).to.throw(InvalidOptionError);
  });

  it('names the field and the value it refuses', () => {
    expect(() => parseDuration('defaults.ttl', -5)).to.throw(
      InvalidOptionError,
      /^defaults\.ttl must be a duration above 0 .*, got -5$/,
    );
    expect(() => parseDuration('ttl', '5 minutes')).to.throw(InvalidOptionError, 'got "5 minutes"');
    expect(() => parseDuration('x', -1, { allowZero: true })).to.throw(
      InvalidOptionError,
      'x must be a duration of 0 or more',
    );
  });

  for (const value of [
    NaN,
    -Infinity,
    -0.001,
    '',
    '5',
    's',
    '-5s',
    '+5s',
    ' 5s',
    '5s ',
    '5S',
    '1e3s',
    '5.s',
    '.5s',
    '1h30m',
    '٣s',
  ]) {
    it(`refuses ${typeof value === 'string' ? JSON.stringify(value) : value}`, () => {
      expect(() => parseDuration('ttl', value)).to.throw(InvalidOptionError);
    });
  }

  it('refuses whatever is neither number nor text', () => {
    for (const value of [undefined, null, true, 5n, [], {}, [5], new Date(5), () => 5, Symbol('5s')]) {
      expect(() => parseDuration('ttl', value)).to.throw(InvalidOptionError);
    }
  });

  it('either refuses any text or reads it as a number of ms that is above 0', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\d{0,17}(\.\d{0,7})?(ms|s|m|h|d|)$/)), (text) => {
        try {
          expect(parseDuration('ttl', text)).to.be.above(0);
        } catch (error) {
          expect(error).to.be.instanceOf(InvalidOptionError);
        }
      }),
    );
  });
});
