import { expect } from 'chai';

import { HeaderFields, type HeaderFieldsInit } from '#src/message/headers.js';
import { connectionOptions, endToEndFields, HOP_BY_HOP, storedFields } from '#src/semantics/hop-by-hop.js';
import { dateAt, T0 } from './make-facts.js';

const fields = (init: HeaderFieldsInit): HeaderFields => HeaderFields.fromObject(init);

describe('endToEndFields', () => {
  it('drops hop-by-hop fields, Proxy-… and what Connection lists, in any letter case', () => {
    const all = fields({
      Connection: 'A, b, close',
      a: '1',
      B: '2',
      c: '3',
      'Proxy-Anything': '4',
      'X-Test-Header': '5',
    });
    expect(endToEndFields(all).raw).to.deep.equal(['c', '3', 'X-Test-Header', '5']);
    for (const name of HOP_BY_HOP) expect(endToEndFields(fields({ [name.toUpperCase()]: 'x' })).size, name).to.equal(0);
  });

  it('keeps everything else, in order, with repeated lines', () => {
    const all = fields({ 'Set-Cookie': ['a', 'b'], 'X-Unknown': '1', 'Content-Foo': '2', Warning: '3' });
    expect(endToEndFields(all)).to.equal(all);
  });

  it('keeps what Connection may not remove', () => {
    const names = [
      'Host',
      'Cookie',
      'Authorization',
      'Cache-Control',
      'Vary',
      'Set-Cookie',
      'Content-Length',
      'Content-Type',
      'Age',
      'Date',
      'Expires',
    ];
    const all = fields({ Connection: names, ...Object.fromEntries(names.map((name) => [name, 'x'])) });
    expect(endToEndFields(all).names()).to.have.members(names.map((name) => name.toLowerCase()));
  });
});

describe('connectionOptions', () => {
  it('combines the lines of Connection', () => {
    expect([...connectionOptions(fields({ Connection: ['Keep-Alive, X', ' y '] }))]).to.deep.equal([
      'keep-alive',
      'x',
      'y',
    ]);
    expect([...connectionOptions(fields({}))]).to.deep.equal([]);
  });
});

describe('storedFields', () => {
  it('adds the Date that is missing, and keeps one that is there, valid or not', () => {
    expect(storedFields(fields({}), [], T0).raw).to.deep.equal(['Date', dateAt(0)]);
    expect(storedFields(fields({ date: 'foo' }), [], T0).raw).to.deep.equal(['date', 'foo']);
  });

  it('drops the fields that no-cache names', () => {
    expect(storedFields(fields({ A: '1', b: '2', Date: 'x' }), ['a'], T0).raw).to.deep.equal(['b', '2', 'Date', 'x']);
  });
});
