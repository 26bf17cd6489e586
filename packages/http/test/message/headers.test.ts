import { expect } from 'chai';
import fc from 'fast-check';

import { HeaderFields } from '#src/message/headers.js';

const raw = ['Content-Type', 'text/plain', 'VARY', 'a', 'Set-Cookie', 'x=1', 'vary', 'b', 'set-cookie', 'y=2, z'];

describe('HeaderFields', () => {
  it('finds a field in any letter case and keeps the list as it was', () => {
    const fields = HeaderFields.fromRaw(raw);
    expect(fields.get('content-type')).to.equal('text/plain');
    expect(fields.get('CONTENT-TYPE')).to.equal('text/plain');
    expect(fields.raw).to.equal(raw);
    expect(fields.size).to.equal(5);
  });

  it('combines the lines of a field with a comma and a space, in order', () => {
    expect(HeaderFields.fromRaw(raw).get('Vary')).to.equal('a, b');
  });

  it('never combines Set-Cookie', () => {
    const fields = HeaderFields.fromRaw(raw);
    expect(fields.get('set-cookie')).to.equal('x=1');
    expect(fields.getAll('set-cookie')).to.deep.equal(['x=1', 'y=2, z']);
  });

  it('tells an absent field from an empty one', () => {
    const fields = HeaderFields.fromObject({ accept: '' });
    expect(fields.get('accept')).to.equal('');
    expect(fields.has('accept')).to.equal(true);
    expect(fields.get('accept-language')).to.equal(undefined);
    expect(fields.getAll('accept-language')).to.deep.equal([]);
  });

  it('writes one line per value of an object and skips what is undefined', () => {
    const fields = HeaderFields.fromObject({ Age: 3, Vary: ['a', 'b'], Etag: undefined });
    expect(fields.raw).to.deep.equal(['Age', '3', 'Vary', 'a', 'Vary', 'b']);
  });

  it('replaces all lines of a field at the place of the first', () => {
    const fields = HeaderFields.fromRaw(raw).with('Vary', 'c');
    expect(fields.raw).to.deep.equal([
      'Content-Type',
      'text/plain',
      'Vary',
      'c',
      'Set-Cookie',
      'x=1',
      'set-cookie',
      'y=2, z',
    ]);
    expect(HeaderFields.empty.with('A', ['1', '2']).raw).to.deep.equal(['A', '1', 'A', '2']);
  });

  it('drops all lines of the named fields, and returns itself when there are none', () => {
    const fields = HeaderFields.fromRaw(raw);
    expect(fields.without(['vary', 'set-cookie']).raw).to.deep.equal(['Content-Type', 'text/plain']);
    expect(fields.without(['age'])).to.equal(fields);
  });

  it('does not change when a new list is made of it', () => {
    const before = [...raw];
    const fields = HeaderFields.fromRaw(raw);
    fields.append('a', 'b');
    fields.with('vary', 'x');
    fields.without(['vary']);
    fields.concat(HeaderFields.fromObject({ a: 'b' }));
    expect(raw).to.deep.equal(before);
  });

  it('refuses a name without a value', () => {
    expect(() => HeaderFields.fromRaw(['a'])).to.throw(RangeError, 'pairs of name and value');
  });

  it('answers for long lists what it answers for short ones', () => {
    const name = fc.constantFrom('a', 'A', 'bb', 'Bb', 'set-cookie', 'Set-Cookie', 'x');
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.string()), { maxLength: 40 }), name, (lines, asked) => {
        const short = HeaderFields.fromRaw(lines.flat());
        const padding = Array.from({ length: 100 }, (_, at) => [`padding-${at}`, 'p']).flat();
        const long = HeaderFields.fromRaw([...lines.flat(), ...padding]);
        expect(long.get(asked)).to.equal(short.get(asked));
        expect(long.getAll(asked)).to.deep.equal(short.getAll(asked));
        expect(long.has(asked)).to.equal(short.has(asked));
      }),
    );
  });

  it('keeps Latin-1 octets', () => {
    const value = 'caf\u00e9 \u00a0';
    expect(HeaderFields.fromRaw(['x', value]).with('y', value).get('x')).to.equal(value);
  });
});
