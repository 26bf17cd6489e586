import { EventRecorder } from '@cachewarp/core/testing';
import { expect } from 'chai';
import type { HttpRequest } from '#src/message/http-message.js';
import { resolveHttpPolicy } from '#src/cache/http-policy.js';
import { makeRequest, makeRig, textOf, xCache, type ResponseInit } from './make-http-cache.js';

const varying =
  (fields: string) =>
  (request: HttpRequest): ResponseInit => ({
    headers: { 'Cache-Control': 'max-age=60', Vary: fields },
    body: fields
      .split(',')
      .map((name) => request.headers.get(name.trim()) ?? '-')
      .join('|'),
  });

describe('Variants', () => {
  it('are kept side by side, each for its fields', async () => {
    const { get, origin } = makeRig({ origin: varying('Foo, Bar') });
    const combinations = [{ Foo: '1', Bar: 'a' }, { Foo: '2', Bar: 'a' }, { Foo: '1' }, {}];
    for (const headers of combinations) await get('/', { headers });
    for (const headers of combinations) {
      const answer = await get('/', { headers });
      const { Foo = '-', Bar = '-' } = headers;
      expect([xCache(answer), await textOf(answer)]).to.deep.equal(['HIT', `${Foo}|${Bar}`]);
    }
    expect(origin.calls).to.equal(4);
  });

  it('say vary-miss where another variant is stored', async () => {
    const { get } = makeRig({ origin: varying('Foo') });
    await get('/', { headers: { Foo: '1' } });
    expect((await get('/', { headers: { Foo: '2' } })).headers.get('cache-status')).to.contain('fwd=vary-miss');
  });

  it('do not depend on other fields, on white space, order or case where these mean nothing', async () => {
    const { get } = makeRig({ origin: varying('Accept-Encoding') });
    await get('/', { headers: { 'Accept-Encoding': 'gzip, br', 'User-Agent': 'a' } });
    expect(xCache(await get('/', { headers: { 'Accept-Encoding': 'BR ,gzip', 'User-Agent': 'b' } }))).to.equal('HIT');
  });

  it('are all dropped with the primary key, with a prefix, and with all', async () => {
    for (const target of ['GET:http://example.com/a', { prefix: 'GET:http://example.com/a' }, { all: true } as const]) {
      const { get, cache } = makeRig({ origin: varying('Foo') });
      await get('/a', { headers: { Foo: '1' } });
      await get('/a', { headers: { Foo: '2' } });
      await cache.invalidate(target);
      expect(xCache(await get('/a', { headers: { Foo: '1' } }))).to.equal('MISS');
      expect(xCache(await get('/a', { headers: { Foo: '2' } }))).to.equal('MISS');
      expect(xCache(await get('/a', { headers: { Foo: '2' } }))).to.equal('HIT');
    }
  });

  it('follow an origin that changes its Vary', async () => {
    const { get, origin } = makeRig({ origin: varying('Foo') });
    await get('/', { headers: { Foo: '1', Bar: 'x' } });
    origin.handler = varying('Bar');
    await get('/', { headers: { Foo: '2', Bar: 'x' } });
    // Both match: the one by Foo, and the one by Bar. The newer is taken.
    expect(await textOf(await get('/', { headers: { Foo: '3', Bar: 'x' } }))).to.equal('x');
    expect(await textOf(await get('/', { headers: { Foo: '1', Bar: 'y' } }))).to.equal('1');
  });

  it('take the most recent of several that match', async () => {
    const { get, origin, clock } = makeRig({ origin: varying('Foo') });
    await get('/', { headers: { Foo: '1', Bar: 'x' } });
    clock.advance(1_000);
    origin.handler = varying('Bar');
    await get('/', { headers: { Foo: '2', Bar: 'x' } });
    expect(await textOf(await get('/', { headers: { Foo: '1', Bar: 'x' } }))).to.equal('x');
  });

  it('take the most recent also where its Vary is not the newest', async () => {
    const { get, origin, clock } = makeRig({ origin: varying('Foo') });
    await get('/', { headers: { Foo: '2', Bar: 'y' } });
    clock.advance(1_000);
    origin.handler = varying('Bar');
    await get('/', { headers: { Foo: '9', Bar: 'x' } });
    clock.advance(1_000);
    origin.handler = varying('Foo');
    await get('/', { headers: { Foo: '1', Bar: 'z' } });
    expect(await textOf(await get('/', { headers: { Foo: '2', Bar: 'x' } }))).to.equal('x');
  });

  it('stay when a later answer has no Vary: it stands for the fields of the last one that had', async () => {
    const { get, origin, clock } = makeRig({ origin: varying('Foo') });
    await get('/', { headers: { Foo: '1' } });
    clock.advance(1_000);
    origin.handler = () => ({ headers: { 'Cache-Control': 'max-age=600' }, body: 'an error page' });
    await get('/', { headers: { Foo: '2' } });
    expect(await textOf(await get('/', { headers: { Foo: '1' } }))).to.equal('1');
    const second = await get('/', { headers: { Foo: '2' } });
    expect([xCache(second), await textOf(second)]).to.deep.equal(['HIT', 'an error page']);
    expect(xCache(await get('/', { headers: { Foo: '3' } }))).to.equal('MISS');
    clock.advance(60_000);
    await get('/', { headers: { Foo: '4' } });
    expect(xCache(await get('/', { headers: { Foo: '5' } })), 'once no variant is left, it is for all').to.equal('HIT');
  });

  it('are found as long as one of them lives', async () => {
    const { http, get, clock, origin } = makeRig({
      origin: () => ({ headers: { 'Cache-Control': 'max-age=10', Vary: 'Foo' } }),
    });
    await get('/', { headers: { Foo: '1' } });
    clock.advance(5_000);
    origin.handler = () => ({ headers: { 'Cache-Control': 'max-age=1000', Vary: 'Foo' } });
    await get('/', { headers: { Foo: '1', 'Cache-Control': 'no-cache' } });
    clock.advance(500_000);
    expect(http.fresh(makeRequest('/', { headers: { Foo: '1' } }), resolveHttpPolicy())).not.to.equal(undefined);
  });

  it('do not write their index anew when nothing changed in it', async () => {
    const { get, cache, clock, origin } = makeRig({
      origin: () => ({ headers: { 'Cache-Control': 'max-age=100', Vary: 'Foo' } }),
    });
    await get('/', { headers: { Foo: '1' } });
    const events = new EventRecorder(cache.events);
    origin.handler = () => ({ headers: { 'Cache-Control': 'max-age=10', Vary: 'Foo' } });
    clock.advance(1_000);
    await get('/', { headers: { Foo: '1', 'Cache-Control': 'no-cache' } });
    expect(events.of('stored')).to.have.length(1);
  });

  it('are so many at most, the oldest make room, and an event says so', async () => {
    const { get, cache } = makeRig({ origin: varying('Foo'), policy: { maxVariants: 3 } });
    const events = new EventRecorder(cache.events);
    for (const Foo of ['1', '2', '3', '4']) await get('/', { headers: { Foo } });
    expect(events.of('variantLimit')).to.deep.equal([{ key: 'GET:http://example.com/', limit: 3 }]);
    expect(xCache(await get('/', { headers: { Foo: '4' } }))).to.equal('HIT');
    expect(xCache(await get('/', { headers: { Foo: '2' } }))).to.equal('HIT');
    expect(xCache(await get('/', { headers: { Foo: '1' } }))).to.equal('MISS');
    expect(cache.keys('GET:')).to.have.length(4);
  });

  it('show no secret in their keys', async () => {
    const { get, cache } = makeRig({
      origin: () => ({ headers: { 'Cache-Control': 'public, max-age=60', Vary: 'Cookie, Authorization' } }),
    });
    const headers = { Cookie: 'session=tell-nobody', Authorization: 'Bearer tell-nobody' };
    await get('/', { headers });
    expect(xCache(await get('/', { headers }))).to.equal('HIT');
    expect(xCache(await get('/', { headers: { ...headers, Cookie: 'session=other' } }))).to.equal('MISS');
    for (const key of cache.keys()) expect(key).not.to.contain('tell-nobody');
  });

  it('keep long values apart', async () => {
    const { get } = makeRig({ origin: varying('User-Agent') });
    const agent = 'x'.repeat(1_000);
    await get('/', { headers: { 'User-Agent': `${agent}1` } });
    expect(xCache(await get('/', { headers: { 'User-Agent': `${agent}2` } }))).to.equal('MISS');
    expect(xCache(await get('/', { headers: { 'User-Agent': `${agent}1` } }))).to.equal('HIT');
  });

  it('are validated each for itself', async () => {
    const { get, origin, clock } = makeRig({
      origin: (request) => ({
        headers: { 'Cache-Control': 'max-age=10', Vary: 'Foo', ETag: `"${request.headers.get('foo')}"` },
      }),
    });
    await get('/', { headers: { Foo: '1' } });
    await get('/', { headers: { Foo: '2' } });
    clock.advance(20_000);
    origin.handler = () => ({ status: 304, body: null });
    const answer = await get('/', { headers: { Foo: '1' } });
    expect([xCache(answer), origin.lastHeaders.get('if-none-match')]).to.deep.equal(['REVALIDATED', '"1"']);
    expect(origin.lastHeaders.get('foo')).to.equal('1');
  });

  describe('that another request was answered with', () => {
    const tagged =
      (extra: Record<string, string> = {}) =>
      (request: HttpRequest): ResponseInit => {
        const language = request.headers.get('accept-language') === 'de' ? 'de' : 'en';
        const headers = { 'Cache-Control': 'max-age=60', Vary: 'Accept-Language', ETag: `"${language}"`, ...extra };
        const isKnown = request.headers.get('if-none-match')?.split(', ').includes(headers.ETag) === true;
        return isKnown ? { status: 304, headers, body: null } : { headers, body: language };
      };

    it('are offered to the origin by their tags, and the one that it names is the answer', async () => {
      const { get, origin } = makeRig({ origin: tagged() });
      await get('/', { headers: { 'Accept-Language': 'en' } });
      await get('/', { headers: { 'Accept-Language': 'de' } });
      const answer = await get('/', { headers: { 'Accept-Language': 'fr' } });
      expect(origin.lastHeaders.get('if-none-match')).to.equal('"de", "en"');
      expect([answer.status, xCache(answer), await textOf(answer)]).to.deep.equal([200, 'REVALIDATED', 'en']);
      expect(xCache(await get('/', { headers: { 'Accept-Language': 'fr' } }))).to.equal('HIT');
      expect(await textOf(await get('/', { headers: { 'Accept-Language': 'de' } }))).to.equal('de');
      expect(origin.calls).to.equal(3);
    });

    it('are not by a weak tag, which may be that of several codings', async () => {
      const { get, origin } = makeRig({ origin: tagged({ ETag: 'W/"a"' }) });
      await get('/', { headers: { 'Accept-Language': 'en' } });
      await get('/', { headers: { 'Accept-Language': 'fr' } });
      expect(origin.lastHeaders.get('if-none-match')).to.equal(undefined);
    });

    it('are not in a coding that the client does not take', async () => {
      const { get, origin } = makeRig({ origin: tagged({ 'Content-Encoding': 'gzip' }) });
      await get('/', { headers: { 'Accept-Language': 'en' } });
      for (const [accepts, offered] of [
        [undefined, undefined],
        ['br, gzip;q=0', undefined],
        ['br, gzip', '"en"'],
      ]) {
        await get('/', { headers: { 'Accept-Language': `x-${accepts}`, 'Accept-Encoding': accepts } });
        expect(origin.lastHeaders.get('if-none-match'), accepts).to.equal(offered);
      }
    });

    it('are not in the name of a request that goes alone', async () => {
      const { get, origin } = makeRig({ origin: tagged() });
      await get('/', { headers: { 'Accept-Language': 'en' } });
      await get('/', { headers: { 'Accept-Language': 'fr', Authorization: 'a' } });
      expect(origin.lastHeaders.get('if-none-match')).to.equal(undefined);
    });
  });

  it('count for the primary key among the most requested', async () => {
    const { get, cache } = makeRig({ origin: varying('Foo') });
    for (const Foo of ['1', '2', '1', '2', '1']) await get('/a', { headers: { Foo } });
    expect(cache.mostRequested()).to.deep.equal([['GET:http://example.com/a', 5]]);
  });

  it('leave other things stored under the key of a URI alone', async () => {
    const { get, cache } = makeRig();
    await cache.set('GET:http://example.com/', { kind: 'something else' }, { ttl: '1h' });
    expect(xCache(await get())).to.equal('MISS');
    expect(xCache(await get())).to.equal('HIT');
  });
});
