import { expect } from 'chai';
import { boundsOf } from '#src/policy/adaptive/content-type-bounds.js';

describe('boundsOf', () => {
  const cases: readonly (readonly [type: string, minMs: number, maxMs: number])[] = [
    ['text/html; charset=utf-8', 1000, 600_000],
    ['application/xhtml+xml', 1000, 600_000],
    ['application/json', 1000, 300_000],
    ['application/problem+json', 1000, 300_000],
    ['text/css', 60_000, 604_800_000],
    ['TEXT/JavaScript', 60_000, 604_800_000],
    ['application/javascript', 60_000, 604_800_000],
    ['font/woff2', 60_000, 604_800_000],
    ['application/font-woff', 60_000, 604_800_000],
    ['image/svg+xml', 60_000, 604_800_000],
    ['application/pdf', 1000, 3_600_000],
    ['', 1000, 3_600_000],
  ];
  for (const [type, minMs, maxMs] of cases) {
    it(`keeps ${type || 'what has no type'} from ${minMs / 1000} s to ${maxMs / 1000} s`, () => {
      expect(boundsOf(type)).to.deep.equal({ minMs, maxMs });
    });
  }
});
