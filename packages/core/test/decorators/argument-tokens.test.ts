import { expect } from 'chai';
import fc from 'fast-check';
import { MAX_TOKENS, sameTokens, tokensOf } from '#src/decorators/argument-tokens.js';
import { buildKey } from '#src/key/key-builder.js';

const primitive = fc.constantFrom<unknown>(0, -0, 1, 2, NaN, '', '0', '1', 'a', 'b', null, undefined, true, false, 1n);
const object = fc.dictionary(fc.constantFrom('a', 'b', '0', '1', '__proto__'), primitive, {
  maxKeys: 3,
  noNullPrototype: true,
});
const argument = fc.oneof({ weight: 3, arbitrary: primitive }, { weight: 2, arbitrary: object });
/** At most two objects of three members: not more tokens than there may be. */
const args = fc.array(argument, { maxLength: 2 });

describe('tokensOf', () => {
  it('gives lists of arguments the same tokens only when they have the same key', () => {
    fc.assert(
      fc.property(args, args, (left, right) => {
        const [a, b] = [tokensOf(left)!, tokensOf(right)!];
        const areSame = a.length === b.length && sameTokens(a, b);
        if (areSame) expect(buildKey('', left)).to.equal(buildKey('', right));
        // The other way round it holds but for objects whose members stand in another order.
        else if ([...left, ...right].every((one) => typeof one !== 'object' || one === null)) {
          expect(buildKey('', left)).to.not.equal(buildKey('', right));
        }
      }),
      { numRuns: 20_000 },
    );
  });

  it('are the arguments themselves where these are primitives, so that nothing is made', () => {
    const list = ['1', 1, 1n, true, null, undefined];
    expect(tokensOf(list)).to.equal(list);
    expect(tokensOf([])).to.have.length(0);
  });

  it('tells apart what looks alike: values and members, places and names', () => {
    const lists = [
      ['x', 1],
      [{ x: 1 }],
      [1, { x: 1 }],
      [{ x: 1 }, 1],
      [{}, { x: 1 }],
      [{ x: 1 }, {}],
      [{}],
      [{ 0: 'x' }],
    ];
    const tokens = lists.map((list) => tokensOf(list)!);
    for (const [index, left] of tokens.entries()) {
      for (const [other, right] of tokens.entries()) {
        expect(left.length === right.length && sameTokens(left, right)).to.equal(index === other);
      }
    }
  });

  it('has none for what it does not know, or could not tell apart for certain', () => {
    class Point {
      x = 1;
    }
    const members = Object.fromEntries(Array.from({ length: MAX_TOKENS }, (_, index) => [`m${index}`, index]));
    const unknown = [
      [[1]],
      [{ a: { b: 1 } }],
      [{ a: [1] }],
      [new Date(0)],
      [new Point()],
      [new Map()],
      [Object.create(null)],
      [Object.create({ x: 1 })],
      [{ [Symbol('s')]: 1 }],
      [() => 1],
      [{ f: () => 1 }],
      [Symbol('s')],
      [members],
      Array.from({ length: MAX_TOKENS + 1 }, (_, index) => index),
    ];
    for (const list of unknown) expect(tokensOf(list)).to.equal(undefined);
  });

  it('does not look at members that objects inherit', () => {
    const polluted = Object.prototype as unknown as Record<string, unknown>;
    polluted['tenant'] = 'evil';
    try {
      const [own, inherited] = [tokensOf([{ tenant: 'evil' }])!, tokensOf([{}])!];
      expect(own.length).to.not.equal(inherited.length);
    } finally {
      delete polluted['tenant'];
    }
  });
});
