import { expect } from 'chai';
import { ask } from '#src/http-client.js';
import { makeNginxOrigin } from '#src/nginx-origin.js';
import { Opened } from '#src/opened.js';
import { makeProxy } from '#src/test-proxy.js';

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz';

describe('a real nginx as the origin', function () {
  this.timeout(60_000);
  const opened = new Opened();
  afterEach(() => opened.close());

  async function makeBoth(directives = 'add_header Cache-Control max-age=60;') {
    const nginx = await makeNginxOrigin(opened, directives);
    nginx.write('/a.txt', DIGITS);
    nginx.write('/b.txt', 'other');
    const proxy = await makeProxy(opened, nginx.url, { upstream: { breaker: { openFor: '20ms' } } });
    return { nginx, proxy };
  }

  it('is asked once for a MISS, not at all for a HIT, and with its ETag after max-age, which it answers with 304', async () => {
    const { nginx, proxy } = await makeBoth();

    const miss = await ask(`${proxy.url}/a.txt`);
    const hit = await ask(`${proxy.url}/a.txt`);
    proxy.clock.advance(61_000);
    const revalidated = await ask(`${proxy.url}/a.txt`);
    const after = await ask(`${proxy.url}/a.txt`);

    expect([miss, hit, revalidated, after].map((it) => it.cache)).to.deep.equal(['MISS', 'HIT', 'REVALIDATED', 'HIT']);
    expect([miss, hit, revalidated, after].map((it) => it.text)).to.deep.equal(Array(4).fill(DIGITS));
    expect(hit.headers.age).to.equal('0');
    expect((await nginx.log(2)).map(({ status, ifNoneMatch }) => [status, ifNoneMatch])).to.deep.equal([
      [200, '-'],
      [304, miss.headers.etag],
    ]);
  });

  it('is replaced by its new file once the old one has changed and max-age is over', async () => {
    const { nginx, proxy } = await makeBoth();
    await ask(`${proxy.url}/a.txt`);
    nginx.write('/a.txt', 'changed, and of another length');

    const fresh = await ask(`${proxy.url}/a.txt`);
    proxy.clock.advance(61_000);
    const changed = await ask(`${proxy.url}/a.txt`);
    const hit = await ask(`${proxy.url}/a.txt`);

    expect(fresh.text).to.equal(DIGITS);
    expect([changed.text, changed.cache]).to.deep.equal(['changed, and of another length', 'MISS']);
    expect([hit.text, hit.cache]).to.deep.equal(['changed, and of another length', 'HIT']);
  });

  it('is not asked for ranges of what is stored: they are cut from the hit, to the byte', async () => {
    const { nginx, proxy } = await makeBoth();
    await ask(`${proxy.url}/a.txt`);

    for (const [range, content, contentRange] of [
      ['bytes=0-0', '0', 'bytes 0-0/36'],
      ['bytes=10-12', 'abc', 'bytes 10-12/36'],
      ['bytes=34-', 'yz', 'bytes 34-35/36'],
      ['bytes=-3', 'xyz', 'bytes 33-35/36'],
      ['bytes=30-999', 'uvwxyz', 'bytes 30-35/36'],
    ] as const) {
      const part = await ask(`${proxy.url}/a.txt`, { headers: { Range: range } });

      expect([part.status, part.text, part.headers['content-range']]).to.deep.equal([206, content, contentRange]);
      expect(part.headers['content-length']).to.equal(String(content.length));
      expect(part.cache).to.equal('HIT');
    }
    expect(await nginx.log(1)).to.have.length(1);
  });

  it('is not asked for several ranges at once: they come as multipart from the hit', async () => {
    const { nginx, proxy } = await makeBoth();
    await ask(`${proxy.url}/a.txt`);

    const parts = await ask(`${proxy.url}/a.txt`, { headers: { Range: 'bytes=0-1,-2' } });

    expect(parts.status).to.equal(206);
    const boundary = /^multipart\/byteranges; ?boundary="?([^"]+)"?$/.exec(parts.headers['content-type']!)![1]!;
    const pieces = parts.text.split(`--${boundary}`);
    expect(pieces).to.have.length(4);
    expect(pieces[1]).to.match(/content-range: bytes 0-1\/36\r\n(?:.*\r\n)*\r\n01\r\n$/i);
    expect(pieces[2]).to.match(/content-range: bytes 34-35\/36\r\n(?:.*\r\n)*\r\nyz\r\n$/i);
    expect(pieces[3]).to.match(/^--\r\n/);
    expect(await nginx.log(1)).to.have.length(1);
  });

  it('is not asked for a range beyond the end, which gets 416, nor for If-Range, which is judged from the hit', async () => {
    const { nginx, proxy } = await makeBoth();
    const { etag } = (await ask(`${proxy.url}/a.txt`)).headers;

    const beyond = await ask(`${proxy.url}/a.txt`, { headers: { Range: 'bytes=99-' } });
    const same = await ask(`${proxy.url}/a.txt`, { headers: { Range: 'bytes=1-2', 'If-Range': etag! } });
    const other = await ask(`${proxy.url}/a.txt`, { headers: { Range: 'bytes=1-2', 'If-Range': '"other"' } });

    expect([beyond.status, beyond.headers['content-range']]).to.deep.equal([416, 'bytes */36']);
    expect([same.status, same.text]).to.deep.equal([206, '12']);
    expect([other.status, other.text]).to.deep.equal([200, DIGITS]);
    expect(await nginx.log(1)).to.have.length(1);
  });

  it('is not asked for HEAD of what is stored: the fields are those of GET, and there is no body', async () => {
    const { nginx, proxy } = await makeBoth();
    const get = await ask(`${proxy.url}/a.txt`);

    const head = await ask(`${proxy.url}/a.txt`, { method: 'HEAD' });

    expect([head.status, head.cache, head.text]).to.deep.equal([200, 'HIT', '']);
    for (const name of ['etag', 'content-length', 'last-modified', 'content-type', 'date'] as const) {
      expect(head.headers[name], name).to.equal(get.headers[name]);
    }
    expect(await nginx.log(1)).to.have.length(1);
  });

  it('is not asked by a client that has the file already: its If-None-Match gets 304 from the hit', async () => {
    const { nginx, proxy } = await makeBoth();
    const { etag } = (await ask(`${proxy.url}/a.txt`)).headers;

    const same = await ask(`${proxy.url}/a.txt`, { headers: { 'If-None-Match': `"x", ${etag!}` } });

    expect([same.status, same.text, same.headers.etag, same.cache]).to.deep.equal([304, '', etag, 'HIT']);
    expect(await nginx.log(1)).to.have.length(1);
  });

  for (const [what, order] of [
    ['its key', (key: (target: string) => string) => ({ key: key('/a.txt') })],
    ['a tag', () => ({ tag: 'files' })],
    ['a prefix', (key: (target: string) => string) => ({ prefix: key('/a') })],
    ['naming everything', () => ({ all: true })],
  ] as const) {
    it(`is asked again after a purge by ${what}`, async () => {
      const { nginx, proxy } = await makeBoth(
        'add_header Cache-Control max-age=60; add_header Surrogate-Key "files all-files";',
      );
      await ask(`${proxy.url}/a.txt`);
      nginx.write('/a.txt', 'second');

      const purged = await proxy.purge(order(proxy.key));
      const again = await ask(`${proxy.url}/a.txt`);

      expect(purged.status, purged.text).to.equal(200);
      expect([again.cache, again.text]).to.deep.equal(['MISS', 'second']);
      expect((await nginx.log(2)).map(({ status }) => status)).to.deep.equal([200, 200]);
    });
  }

  it('may stop: what is stale is served inside its window, then 502 or 504, and all is well when it is back', async () => {
    const { nginx, proxy } = await makeBoth('add_header Cache-Control "max-age=60, stale-if-error=300";');
    await ask(`${proxy.url}/a.txt`);
    proxy.clock.advance(61_000);
    await nginx.stop();

    const stale = await ask(`${proxy.url}/a.txt`);
    const unknown = await ask(`${proxy.url}/b.txt`);
    proxy.clock.advance(301_000);
    const late = await ask(`${proxy.url}/a.txt`);
    await nginx.start();
    let recovered = await ask(`${proxy.url}/a.txt`);
    // The breaker lets a request through again after 20 ms.
    while (recovered.status !== 200) recovered = await ask(`${proxy.url}/a.txt`);

    expect([stale.status, stale.cache, stale.text]).to.deep.equal([200, 'STALE', DIGITS]);
    for (const error of [unknown, late]) {
      expect(error.status).to.be.oneOf([502, 503, 504]);
      expect(error.headers['content-type']).to.equal('application/problem+json');
      expect(error.headers['retry-after']).to.match(/^\d+$/);
    }
    expect([recovered.text, recovered.cache]).to.deep.equal([DIGITS, 'REVALIDATED']);
  });
});
