import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import type { HttpPolicyOptions } from '#src/cache/http-policy-options.js';
import { formatHttpDate } from '#src/message/http-date.js';
import { makeRig, textOf, xCache } from './make-http-cache.js';

const STORED = { 'Cache-Control': 'max-age=60', ETag: '"a"', 'Content-Type': 'text/plain' };

async function makeRangedRig(headers: Record<string, string> = STORED) {
  const rig = makeRig({ origin: () => ({ headers, body: '0123456789' }) });
  await rig.get();
  const range = async (value: string, more: Record<string, string> = {}) =>
    rig.get('/', { headers: { Range: value, ...more } });
  return { ...rig, range };
}

describe('Ranges', () => {
  const cuts: [string, string, string][] = [
    ['bytes=0-1', '01', 'bytes 0-1/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=5-99', '56789', 'bytes 5-9/10'],
  ];
  for (const [value, text, contentRange] of cuts) {
    it(`cuts ${value} from a complete answer`, async () => {
      const { range, origin } = await makeRangedRig();
      const answer = await range(value);
      expect([answer.status, answer.reason, await textOf(answer)]).to.deep.equal([206, 'Partial Content', text]);
      expect(answer.headers.get('content-range')).to.equal(contentRange);
      expect(answer.headers.get('content-length')).to.equal(String(text.length));
      expect([xCache(answer), answer.headers.get('etag'), origin.calls]).to.deep.equal(['HIT', '"a"', 1]);
    });
  }

  it('answers several ranges as multipart', async () => {
    const { range } = await makeRangedRig();
    const answer = await range('bytes=0-1, 8-9');
    const boundary = /^multipart\/byteranges; boundary=(\w+)$/.exec(answer.headers.get('content-type')!)![1]!;
    const text = await textOf(answer);
    expect(text.split(`--${boundary}`)).to.deep.equal([
      '\r\n',
      '\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/10\r\n\r\n01\r\n',
      '\r\nContent-Type: text/plain\r\nContent-Range: bytes 8-9/10\r\n\r\n89\r\n',
      '--\r\n',
    ]);
    expect(answer.headers.get('content-length')).to.equal(String(text.length));
    expect(answer.headers.has('content-range')).to.equal(false);
  });

  it('answers 416 with the length where no range can be satisfied', async () => {
    const { range } = await makeRangedRig();
    const answer = await range('bytes=10-');
    expect([answer.status, answer.headers.get('content-range'), answer.body]).to.deep.equal([416, 'bytes */10', null]);
    expect([xCache(answer), answer.headers.has('etag')]).to.deep.equal(['HIT', false]);
  });

  it('answers whole what it cannot or need not cut', async () => {
    const { range } = await makeRangedRig();
    for (const value of [
      'items=0-1',
      'bytes=5-2',
      'bytes=x',
      'bytes=0-9,0-9',
      `bytes=${'0-0,'.repeat(50)}1-1`,
      'bytes=99999999999999999999-',
    ]) {
      const answer = await range(value);
      expect([answer.status, (await textOf(answer)).length], value).to.deep.equal([200, 10]);
    }
  });

  it('obeys If-Range', async () => {
    const { range } = await makeRangedRig();
    expect((await range('bytes=0-1', { 'If-Range': '"a"' })).status).to.equal(206);
    expect((await range('bytes=0-1', { 'If-Range': '"b"' })).status).to.equal(200);
    expect((await range('bytes=0-1', { 'If-Range': formatHttpDate(0) })).status).to.equal(200);
  });

  it('answers the client’s condition first', async () => {
    const { range } = await makeRangedRig();
    expect((await range('bytes=0-1', { 'If-None-Match': '"a"' })).status).to.equal(304);
  });

  it('does not cut for HEAD, nor from other statuses', async () => {
    const { get } = await makeRangedRig();
    expect((await get('/', { method: 'HEAD', headers: { Range: 'bytes=0-1' } })).status).to.equal(200);
    const other = makeRig({ origin: () => ({ status: 404, headers: STORED }) });
    await other.get();
    expect((await other.get('/', { headers: { Range: 'bytes=0-1' } })).status).to.equal(404);
  });

  it('goes to the origin as it is where nothing is stored', async () => {
    const { get, origin } = makeRig({
      origin: () => ({ status: 206, headers: { ...STORED, 'Content-Range': 'bytes 0-1/10' }, body: '01' }),
    });
    const answer = await get('/', { headers: { Range: 'bytes=0-1', 'If-Range': '"a"' } });
    expect([answer.status, xCache(answer), await textOf(answer)]).to.deep.equal([206, 'MISS', '01']);
    expect([origin.lastHeaders.get('range'), origin.lastHeaders.get('if-range')]).to.deep.equal(['bytes=0-1', '"a"']);
  });

  it('stores the whole where the origin answers a Range with it', async () => {
    const { get } = makeRig({ origin: () => ({ headers: STORED, body: '0123456789' }) });
    expect((await get('/', { headers: { Range: 'bytes=0-1' } })).status).to.equal(200);
    await nextTurn();
    expect(await textOf(await get('/', { headers: { Range: 'bytes=2-3' } }))).to.equal('23');
  });

  it('never answers a plain request with a part', async () => {
    const { get, origin } = makeRig({
      origin: ({ headers }) =>
        headers.has('range')
          ? { status: 206, headers: { ...STORED, 'Content-Range': 'bytes 0-1/10' }, body: '01' }
          : { headers: STORED, body: '0123456789' },
    });
    await get('/', { headers: { Range: 'bytes=0-1' } });
    const answer = await get();
    expect([answer.status, await textOf(answer), origin.calls]).to.deep.equal([200, '0123456789', 2]);
  });

  it('is cut from what a validation confirmed', async () => {
    const { range, origin, clock } = await makeRangedRig();
    clock.advance(61_000);
    origin.handler = () => ({ status: 304, headers: { 'Cache-Control': 'max-age=60' }, body: null });
    const answer = await range('bytes=2-3');
    expect([answer.status, xCache(answer), await textOf(answer)]).to.deep.equal([206, 'REVALIDATED', '23']);
    expect(origin.lastHeaders.has('range')).to.equal(false);
  });
});

describe('Parts of a response', () => {
  const WHOLE = '0123456789';

  /** An origin that answers the ranges asked for, and 200 to the rest. */
  function makePartialRig(fields: Record<string, string> = { ETag: '"a"' }, policy: HttpPolicyOptions = {}) {
    const rig = makeRig({
      policy,
      origin: ({ headers }) => {
        const asked = /^bytes=(\d+)-(\d*)$/.exec(headers.get('range') ?? '');
        const base = { 'Cache-Control': 'max-age=60', 'Content-Type': 'text/plain', ...fields };
        if (asked === null) return { headers: base, body: WHOLE };
        const [first, last] = [Number(asked[1]), Number(asked[2] === '' ? 9 : asked[2])];
        const body = WHOLE.slice(first, last + 1);
        return { status: 206, headers: { ...base, 'Content-Range': `bytes ${first}-${last}/10` }, body };
      },
    });
    const range = (value: string, headers: Record<string, string> = {}) =>
      rig.get('/', { headers: { Range: `bytes=${value}`, ...headers } });
    return { ...rig, range };
  }

  it('are stored, and answer ranges that lie inside', async () => {
    const { range, origin } = makePartialRig();
    expect(xCache(await range('4-8'))).to.equal('MISS');
    const inside = await range('5-6');
    expect([inside.status, xCache(inside), await textOf(inside)]).to.deep.equal([206, 'HIT', '56']);
    expect(inside.headers.get('content-range')).to.equal('bytes 5-6/10');
    expect(inside.headers.get('content-length')).to.equal('2');
    expect(origin.calls).to.equal(1);
    expect(xCache(await range('3-5')), 'reaches outside').to.equal('MISS');
  });

  it('answer open and suffix ranges by the length of the whole', async () => {
    const { range } = makePartialRig();
    await range('5-');
    expect(await textOf(await range('7-'))).to.equal('789');
    const suffix = await range('-2');
    expect([xCache(suffix), await textOf(suffix)]).to.deep.equal(['HIT', '89']);
  });

  it('never answer a plain request, HEAD, or what is more than they have', async () => {
    const { get, range, origin } = makePartialRig();
    await range('0-4');
    expect(xCache(await get('/', { method: 'HEAD' }))).to.equal('MISS');
    const plain = await get();
    expect([plain.status, await textOf(plain)]).to.deep.equal([200, WHOLE]);
    expect(origin.calls).to.equal(3);
  });

  it('are joined under one strong validator, and become the whole when nothing is missing', async () => {
    const { get, range, origin, cache } = makePartialRig();
    await range('0-3');
    await range('4-6');
    expect(await textOf(await range('2-5'))).to.equal('2345');
    await range('6-9');
    const whole = await get();
    expect([whole.status, xCache(whole), await textOf(whole)]).to.deep.equal([200, 'HIT', WHOLE]);
    expect([whole.headers.has('content-range'), whole.headers.get('content-length')]).to.deep.equal([false, '10']);
    expect(cache.keys('GET:'), 'the part is gone').to.have.length(1);
    expect(origin.calls).to.equal(3);
  });

  it('are not joined without one: the newer takes the place', async () => {
    for (const fields of [{}, { ETag: 'W/"a"' }] as Record<string, string>[]) {
      const { range } = makePartialRig(fields);
      await range('0-3');
      await range('4-6');
      expect(xCache(await range('4-5'))).to.equal('HIT');
      expect(xCache(await range('0-1'))).to.equal('MISS');
    }
  });

  it('are not joined across a gap, nor beyond the largest body', async () => {
    const gap = makePartialRig();
    await gap.range('0-1');
    await gap.range('8-9');
    expect(xCache(await gap.range('0-1'))).to.equal('MISS');
    const small = makePartialRig({ ETag: '"a"' }, { maxBodyBytes: 6 });
    await small.range('0-3');
    await small.range('4-7');
    expect(xCache(await small.range('0-1'))).to.equal('MISS');
  });

  it('obey If-Range and the client’s conditions', async () => {
    const { range } = makePartialRig();
    await range('0-4');
    expect(xCache(await range('0-1', { 'If-Range': '"a"' }))).to.equal('HIT');
    expect(xCache(await range('0-1', { 'If-Range': '"b"' }))).to.equal('MISS');
    expect((await range('0-1', { 'If-None-Match': '"a"' })).status).to.equal(304);
  });

  it('offer no tag to the origin for what they do not have', async () => {
    const { get, range, origin } = makePartialRig();
    await range('0-4');
    await get();
    expect(origin.lastHeaders.has('if-none-match')).to.equal(false);
    await range('3-7');
    expect(origin.lastHeaders.has('if-none-match')).to.equal(false);
  });

  it('are dropped with their URI, and end with their freshness', async () => {
    const { range, cache, clock } = makePartialRig();
    await range('0-4');
    await cache.invalidate('GET:http://example.com/');
    expect(xCache(await range('0-1'))).to.equal('MISS');
    clock.advance(60_000);
    expect(xCache(await range('0-1'))).to.equal('MISS');
  });

  it('are not stored where they are not as long as they say', async () => {
    const { range, origin } = makePartialRig();
    origin.handler = () => ({
      status: 206,
      headers: { 'Cache-Control': 'max-age=60', 'Content-Range': 'bytes 0-4/10' },
      body: 'abc',
    });
    await range('0-4');
    expect(xCache(await range('0-1'))).to.equal('MISS');
  });

  it('make room with the oldest variant', async () => {
    const { range } = makePartialRig({ ETag: '"a"', Vary: 'Foo' }, { maxVariants: 1 });
    await range('0-4', { Foo: '1' });
    await range('0-4', { Foo: '2' });
    expect(xCache(await range('0-1', { Foo: '2' }))).to.equal('HIT');
    expect(xCache(await range('0-1', { Foo: '1' }))).to.equal('MISS');
  });

  it('are kept for their variant', async () => {
    const { range } = makePartialRig({ ETag: '"a"', Vary: 'Foo' });
    await range('0-4', { Foo: '1' });
    expect(xCache(await range('0-1', { Foo: '1' }))).to.equal('HIT');
    expect(xCache(await range('0-1', { Foo: '2' }))).to.equal('MISS');
  });
});
