import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
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
