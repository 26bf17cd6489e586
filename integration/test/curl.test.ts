import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { makeHttpOrigin } from '#src/http-origin.js';
import { Opened } from '#src/opened.js';
import { programPath } from '#src/programs.js';
import { runProgram } from '#src/run-program.js';
import { makeTemporaryFolder } from '#src/temporary-folder.js';
import { TEST_CERTIFICATE } from '#src/test-certificate.js';
import { makeProxy } from '#src/test-proxy.js';

describe('curl through the proxy', function () {
  this.timeout(60_000);
  const opened = new Opened();
  afterEach(() => opened.close());

  const curl = (...args: string[]) => runProgram(programPath('curl'), ['--silent', '--show-error', ...args]);

  /** An origin that knows no ranges and says nothing about caching. */
  async function makeLegacy(content: Buffer | string, options: Parameters<typeof makeProxy>[2] = {}) {
    const origin = await makeHttpOrigin(opened, (request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/plain', ETag: '"1"', 'Content-Length': content.length });
      response.end(request.method === 'HEAD' ? undefined : content);
    });
    const proxy = await makeProxy(opened, origin.url, { policy: { defaultTtl: '30s' }, ...options });
    return { origin, proxy };
  }

  it('gets a MISS, then HITs with their age', async () => {
    const { origin, proxy } = await makeLegacy('hello');

    const miss = await curl('--include', `${proxy.url}/a`);
    proxy.clock.advance(7000);
    const hit = await curl('--include', `${proxy.url}/a`);

    expect(miss.stdout)
      .to.match(/^HTTP\/1\.1 200 OK\r\n/)
      .and.match(/\r\nX-Cache: MISS\r\n/i)
      .and.match(/\r\n\r\nhello$/);
    expect(hit.stdout)
      .to.match(/\r\nX-Cache: HIT\r\n/i)
      .and.match(/\r\nAge: 7\r\n/i)
      .and.match(/\r\n\r\nhello$/);
    expect(hit.stdout).to.match(/\r\nCache-Status: CacheWarp; ?hit/i);
    expect(origin.requests).to.have.length(1);
  });

  it('gets the fields alone for --head', async () => {
    const { origin, proxy } = await makeLegacy('hello');
    await curl(`${proxy.url}/a`);

    const head = await curl('--head', `${proxy.url}/a`);

    expect(head.stdout)
      .to.match(/\r\nContent-Length: 5\r\n/i)
      .and.match(/\r\nX-Cache: HIT\r\n/i)
      .and.match(/\r\n\r\n$/);
    expect(origin.requests).to.have.length(1);
  });

  it('resumes a download that broke off, from what is stored, though the origin knows no ranges', async () => {
    const content = randomBytes(3 * 1024 * 1024);
    const { origin, proxy } = await makeLegacy(content);
    const file = join(makeTemporaryFolder(opened), 'download');
    const whole = `${file}.whole`;
    await curl('--output', whole, `${proxy.url}/large`);
    writeFileSync(file, content.subarray(0, 1_234_567));

    const { code, stderr } = await curl('--continue-at', '-', '--output', file, `${proxy.url}/large`);

    expect(code, stderr).to.equal(0);
    expect(readFileSync(whole).equals(content)).to.equal(true);
    expect(readFileSync(file).equals(content)).to.equal(true);
    expect(origin.requests).to.have.length(1);
  });

  it('gets exactly the bytes of a --range', async () => {
    const { proxy } = await makeLegacy('0123456789');
    await curl(`${proxy.url}/a`);

    expect((await curl('--range', '3-5', `${proxy.url}/a`)).stdout).to.equal('345');
    expect((await curl('--range', '-2', `${proxy.url}/a`)).stdout).to.equal('89');
  });

  it('gets 304 for what it has already (--etag-compare)', async () => {
    const { origin, proxy } = await makeLegacy('hello');
    const file = join(makeTemporaryFolder(opened), 'etag');
    await curl('--etag-save', file, `${proxy.url}/a`);

    const again = await curl('--include', '--etag-compare', file, `${proxy.url}/a`);

    expect(again.stdout).to.match(/^HTTP\/1\.1 304 /);
    expect(origin.requests).to.have.length(1);
  });

  it('speaks HTTP/2 over TLS, and shares what is stored with HTTP/1.1', async () => {
    const { origin, proxy } = await makeLegacy('hello', { tls: TEST_CERTIFICATE });
    const form = '%{http_version} %header{x-cache}';

    const first = await curl('--insecure', '--http1.1', '--write-out', form, `${proxy.url}/a`);
    const second = await curl('--insecure', '--http2', '--write-out', form, `${proxy.url}/a`);

    expect(first.stdout, first.stderr).to.equal('hello1.1 MISS');
    expect(second.stdout, second.stderr).to.equal('hello2 HIT');
    expect(origin.requests).to.have.length(1);
  });

  it('uploads: what it sends is what the origin gets, and ends reuse of that URL', async () => {
    const content = randomBytes(200_000).toString('hex');
    const received: string[] = [];
    const origin = await makeHttpOrigin(opened, (request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString('latin1')));
      request.on('end', () => {
        if (request.method === 'PUT') received.push(body);
        response.writeHead(200, { 'Cache-Control': 'max-age=60' }).end(`version ${received.length}`);
      });
    });
    const { url } = await makeProxy(opened, origin.url);
    const file = join(makeTemporaryFolder(opened), 'upload');
    writeFileSync(file, content);

    const before = await curl(`${url}/a`);
    // More than 1 MB: curl asks with Expect: 100-continue.
    await curl('--header', 'Expect: 100-continue', '--upload-file', file, `${url}/a`);
    await curl('--header', 'Transfer-Encoding: chunked', '--upload-file', file, `${url}/a`);
    const after = await curl(`${url}/a`);

    expect([before.stdout, after.stdout]).to.deep.equal(['version 0', 'version 2']);
    expect(received.map((body) => body === content)).to.deep.equal([true, true]);
  });
});
