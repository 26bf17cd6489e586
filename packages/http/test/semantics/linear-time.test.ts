import { expect } from 'chai';

import { splitList } from '#src/message/field-syntax.js';
import { HeaderFields } from '#src/message/headers.js';
import { parseHttpDate } from '#src/message/http-date.js';
import { receivedAge } from '#src/semantics/age.js';
import { parseDeltaSeconds, parseRequestDirectives, parseResponseDirectives } from '#src/semantics/cache-control.js';
import { tagsOf } from '#src/semantics/groups.js';
import { endToEndFields } from '#src/semantics/hop-by-hop.js';
import { parseContentRange, parseRanges } from '#src/semantics/ranges.js';
import { parseEntityTag, parseEntityTags } from '#src/semantics/validators.js';
import { nominatedFields, normaliseField, variantKey } from '#src/semantics/vary.js';
import { countSteps } from '../count-steps.js';
import { T0 } from './make-facts.js';

const one = (name: string, value: string): HeaderFields => HeaderFields.fromObject({ [name]: value });

const parsers: Record<string, (value: string) => unknown> = {
  'Cache-Control of a response': parseResponseDirectives,
  'Cache-Control of a request': parseRequestDirectives,
  'delta-seconds': parseDeltaSeconds,
  Age: (value) => receivedAge(one('age', value)),
  'a date': (value) => parseHttpDate(value, T0),
  'a list': splitList,
  'an entity tag': parseEntityTag,
  'a list of entity tags': parseEntityTags,
  Range: parseRanges,
  'the ranges of Range': (value) => parseRanges(`bytes=${value}`),
  'Content-Range': (value) => parseContentRange(one('content-range', value)),
  Vary: (value) => nominatedFields(one('vary', value)),
  'Accept-Encoding for Vary': (value) => normaliseField('accept-encoding', [value]),
  'Accept for Vary': (value) => normaliseField('accept', [value]),
  'an unknown field for Vary': (value) => normaliseField('foo', [value]),
  Connection: (value) => endToEndFields(one('connection', value)),
  'Surrogate-Key and Cache-Tag': (value) =>
    tagsOf(HeaderFields.fromObject({ 'surrogate-key': value, 'cache-tag': value }), 'http://a'),
};

/** What makes careless scanners go back again and again. */
const units = [
  'a',
  ',',
  ' ',
  '"',
  '\\',
  '="',
  'a="',
  'a="b", ',
  '"a ',
  '"\\',
  'W/"',
  'W/"a",',
  '0-1,',
  '-',
  '9',
  ';',
  ';q="',
  '=',
  ', ',
  '*',
  '\t,',
  '"\x01',
  ' a',
  'a ;q=1,',
];

describe('the time that parsing takes', () => {
  for (const [what, parse] of Object.entries(parsers)) {
    it(`is linear in the length of ${what}`, () => {
      for (const unit of units) {
        for (const [before, after] of [
          ['', ''],
          ['"', ''],
          ['', '"'],
          ['a="', ','],
          ['max-age=', 'x'],
        ] as const) {
          const steps = (length: number): number =>
            countSteps(() => void parse(before + unit.repeat(length / unit.length) + after));
          const single = steps(4096);
          // Linear is twice as much; the allowance is for constant parts. Quadratic would be four times as much.
          expect(steps(8192), `${before}${unit}…${after}`).to.be.at.most(2.5 * single + 200);
          expect(single, `${before}${unit}…${after}`).to.be.at.most(40 * 4096);
        }
      }
    });
  }

  it('is linear in the number of fields, and of fields that Vary nominates', () => {
    const steps = (count: number): number => {
      const names = Array.from({ length: count }, (_, at) => `x-${at}`);
      const fields = HeaderFields.fromObject(Object.fromEntries(names.map((name) => [name, 'v'])));
      return countSteps(() => {
        variantKey(nominatedFields(one('vary', names.join(', '))) as readonly string[], fields);
        endToEndFields(fields.with('connection', names.join(', ')));
      });
    };
    expect(steps(4000)).to.be.at.most(2.5 * steps(2000));
  });

  it('is seen to grow when a scanner does go back', () => {
    const careless = (value: string): void => {
      for (let at = 0; at < value.length; at++) value.indexOf('z', at);
    };
    const steps = (length: number): number => countSteps(() => careless('a'.repeat(length)));
    expect(steps(8192)).to.be.above(3.5 * steps(4096));
  });
});
