import { expect } from 'chai';
import { makeRig, textOf, xCache } from './make-http-cache.js';

/** An origin whose answers say which query they were made for, and which queries they answer. */
function makeSearchRig(rule: string, headers: Record<string, string> = {}) {
  return makeRig({
    origin: ({ target }) => ({
      headers: { 'Cache-Control': 'max-age=60', 'No-Vary-Search': rule, ...headers },
      body: target,
    }),
  });
}

describe('No-Vary-Search', () => {
  it('lets a response answer queries that differ only in what it names', async () => {
    const { get, origin } = makeSearchRig('params=("utm")');
    await get('/p?id=1&utm=a');
    for (const target of ['/p?id=1', '/p?utm=b&id=1', '/p?id=1&utm=c']) {
      const answer = await get(target);
      expect([xCache(answer), await textOf(answer)], target).to.deep.equal(['HIT', '/p?id=1&utm=a']);
    }
    expect(xCache(await get('/p?id=2'))).to.equal('MISS');
    expect(xCache(await get('/q?id=1'))).to.equal('MISS');
    expect(origin.calls).to.equal(3);
  });

  it('lets the order of parameters not count, where it says so', async () => {
    const { get } = makeSearchRig('key-order');
    await get('/p?a=1&b=2');
    expect(xCache(await get('/p?b=2&a=1'))).to.equal('HIT');
    expect(xCache(await get('/p?b=1&a=2'))).to.equal('MISS');
  });

  it('means nothing where it cannot be read', async () => {
    const { get } = makeSearchRig('params=utm');
    await get('/p?utm=a');
    expect(xCache(await get('/p?utm=b'))).to.equal('MISS');
  });

  it('follows the newest answer', async () => {
    const { get, clock } = makeSearchRig('params');
    await get('/p?a');
    clock.advance(61_000);
    await get('/p?b');
    expect(await textOf(await get('/p?c'))).to.equal('/p?b');
  });

  it('answers no URI that was purged itself, though the response stands under another', async () => {
    const { get, cache } = makeSearchRig('params=("utm")');
    await get('/p?utm=a');
    expect(xCache(await get('/p?utm=b'))).to.equal('HIT');
    await cache.invalidate('GET:http://example.com/p?utm=b');
    expect(xCache(await get('/p?utm=b'))).to.equal('MISS');
    await get('/p?utm=c', { method: 'PUT' });
    expect(xCache(await get('/p?utm=c'))).to.equal('MISS');
  });

  it('holds within a variant', async () => {
    const { get } = makeSearchRig('params=("utm")', { Vary: 'Foo' });
    await get('/p?utm=a', { headers: { Foo: '1' } });
    expect(xCache(await get('/p?utm=b', { headers: { Foo: '1' } }))).to.equal('HIT');
    expect(xCache(await get('/p?utm=b', { headers: { Foo: '2' } }))).to.equal('MISS');
  });

  it('never crosses from one user to another', async () => {
    const { get } = makeRig({
      origin: ({ headers }) => ({
        headers: { 'Cache-Control': 'max-age=60', 'No-Vary-Search': 'params=("utm")' },
        body: headers.get('x-user') ?? 'nobody',
      }),
      policy: { shared: false, context: { user: (request) => request.headers.get('x-user') } },
    });
    await get('/p?utm=a', { headers: { 'X-User': '1' } });
    const other = await get('/p?utm=b', { headers: { 'X-User': '2' } });
    expect([xCache(other), await textOf(other)]).to.deep.equal(['MISS', '2']);
    expect(await textOf(await get('/p?utm=c', { headers: { 'X-User': '1' } }))).to.equal('1');
  });

  it('lives as long as the response is renewed', async () => {
    const { get, clock, origin, cache } = makeSearchRig('params=("utm")', { ETag: '"a"' });
    await get('/p?utm=a');
    clock.advance(3_000_000);
    origin.handler = () => ({ status: 304, headers: { 'Cache-Control': 'max-age=60' }, body: null });
    await get('/p?utm=a');
    clock.advance(1_000_000);
    expect(cache.keys('GET:'), 'the response, its rule, and its query').to.have.length(3);
  });

  it('keeps several rules of one path', async () => {
    const { get, origin } = makeSearchRig('params=("a")');
    await get('/p?a=1&x=1');
    origin.handler = () => ({ headers: { 'Cache-Control': 'max-age=60', 'No-Vary-Search': 'params=("b")' } });
    await get('/p?b=1&x=2');
    expect(xCache(await get('/p?a=2&x=1'))).to.equal('HIT');
    expect(xCache(await get('/p?b=2&x=2'))).to.equal('HIT');
  });
});
