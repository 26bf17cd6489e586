import { deepStrictEqual } from 'node:assert/strict';
import { types } from 'node:util';
import { expect } from 'chai';
import fc from 'fast-check';
import { EncodeError } from '#src/base/errors.js';
import { cloneValue } from '#src/entry/clone-value.js';
import { encodeValue } from '#src/entry/entry-codec.js';
import { anyValue, awkwardValues, chain, refusedValues } from './values.js';

/** Every object and every piece of memory that can be reached. */
function reachable(value: unknown, found = new Set<object>()): Set<object> {
  if (typeof value !== 'object' || value === null || found.has(value)) return found;
  found.add(ArrayBuffer.isView(value) ? value.buffer : value);
  if (value instanceof Map || value instanceof Set) for (const part of [...value].flat()) reachable(part, found);
  if (!ArrayBuffer.isView(value)) for (const name of Reflect.ownKeys(value)) reachable((value as never)[name], found);
  return found;
}

describe('cloneValue', () => {
  for (const [title, make] of awkwardValues) {
    it(`copies ${title}`, () => {
      const value = [make()];
      const copy = cloneValue(value);
      deepStrictEqual(copy, [make()]);
      for (const part of reachable(copy)) expect(reachable(value).has(part)).to.equal(false);
    });
  }

  it('copies any data, and shares no part with it', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const copy = cloneValue(value);
        deepStrictEqual(copy, value);
        const originals = reachable(value);
        for (const part of reachable(copy)) expect(originals.has(part)).to.equal(false);
      }),
    );
  });

  it('copies a URL and an invalid Date', () => {
    const url = new URL('http://localhost/');
    const copy = cloneValue({ url, never: new Date(NaN) });
    url.pathname = '/changed';
    expect(copy.url.href).to.equal('http://localhost/');
    expect(copy.never.getTime()).to.be.NaN;
  });

  it('keeps the class of an error, which the codec cannot', () => {
    class NotFound extends RangeError {
      readonly status = 404;
      override readonly cause = { id: new Date(0) };
    }
    const error = new NotFound('gone');
    const copy = cloneValue(error);
    expect(copy).to.be.instanceOf(NotFound);
    expect(types.isNativeError(copy)).to.equal(true);
    deepStrictEqual(copy, error);
    expect(copy.stack).to.equal(error.stack);
    expect(copy.cause.id).not.to.equal(error.cause.id);
  });

  it('copies an abort', () => {
    const reason = AbortSignal.abort().reason as DOMException;
    expect(cloneValue(reason)).to.include({
      name: 'AbortError',
      message: reason.message,
      code: 20,
      stack: reason.stack,
    });
  });

  it('does not bend the stack trace limit', () => {
    const before = Error.stackTraceLimit;
    Error.stackTraceLimit = 7;
    try {
      cloneValue(new Error('x'));
      expect(Error.stackTraceLimit).to.equal(7);
    } finally {
      Error.stackTraceLimit = before;
    }
  });

  it('takes 500 levels of anything, and no more', () => {
    for (const [title, wrap] of chain) {
      let value: unknown = 1;
      for (let level = 0; level < 500; level++) value = wrap(value);
      deepStrictEqual(encodeValue(cloneValue(value)), encodeValue(value), title);
      expect(() => cloneValue(wrap(value)), title).to.throw(EncodeError, 'more than 500 levels deep');
    }
  });

  describe('refuses what the codec refuses, naming the place:', () => {
    it('getters that throw', () => {
      const user = Object.defineProperty({}, 'avatar', {
        get: () => {
          throw new Error('not loaded');
        },
        enumerable: true,
      });
      expect(() => cloneValue({ user })).to.throw(EncodeError, '$.user: reading it threw: not loaded');
    });

    for (const [title, make, path] of refusedValues) {
      it(title, () => {
        expect(() => cloneValue(make()))
          .to.throw(EncodeError)
          .with.property('path', path);
      });
    }
  });
});
