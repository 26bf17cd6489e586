import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { Barrier } from '@cachewarp/core/testing';
import { expect } from 'chai';
import { ask, begin } from '#src/http-client.js';
import { makeHttpOrigin } from '#src/http-origin.js';
import { Opened } from '#src/opened.js';
import { makeProxyProcess } from '#src/proxy-process.js';
import { makeRawOrigin } from '#src/raw-origin.js';
import { makeProxy } from '#src/test-proxy.js';
import { until } from '#src/until.js';

const MB = 1024 * 1024;

describe('bodies on their way through', function () {
  this.timeout(30_000);
  const opened = new Opened();
  afterEach(() => opened.close());

  it('of 200 MB pass with memory bounded, next to a client that reads nothing', async () => {
    const size = 200 * MB;
    const piece = randomBytes(MB);
    const origin = await makeHttpOrigin(opened, (_, response) => {
      response.writeHead(200, { 'Cache-Control': 'max-age=60', 'Content-Length': size });
      Readable.from(Array<Buffer>(200).fill(piece), { objectMode: true }).pipe(response);
    });
    const proxy = await makeProxyProcess(opened, { origin: origin.url });
    const before = await proxy.peakMemory();

    await begin(opened, `${proxy.url}/large?never-read`);
    const reading = await begin(opened, `${proxy.url}/large`);
    let received = 0;
    let differs = false;
    for await (const chunk of reading.response as AsyncIterable<Buffer>) {
      const at = received % MB;
      differs ||= at + chunk.length <= MB && !chunk.equals(piece.subarray(at, at + chunk.length));
      received += chunk.length;
    }
    const after = await proxy.peakMemory();

    expect(received).to.equal(size);
    expect(differs).to.equal(false);
    // Node lets its heap grow a little before it cleans up; the bodies are 400 MB together.
    expect((after - before) / MB, 'MB of peak memory more than at the start').to.be.below(128);
    process.stdout.write(
      `      peak memory: ${Math.round(before / MB)} MB before, ${Math.round(after / MB)} MB after\n`,
    );
  });

  it('too large to keep reach a client whole though another client of the same body takes nothing of it', async () => {
    const size = 24 * MB;
    const origin = await makeHttpOrigin(opened, (_, response) => {
      response.writeHead(200, { 'Cache-Control': 'max-age=60', 'Content-Length': size });
      Readable.from(Array<Buffer>(24).fill(Buffer.alloc(MB, 'a')), { objectMode: true }).pipe(response);
    });
    const { url } = await makeProxy(opened, origin.url, { http: { stallTimeout: '100ms' } });

    const [, reading] = await Promise.all([begin(opened, `${url}/large`), begin(opened, `${url}/large`)]);
    let received = 0;
    for await (const chunk of reading.response as AsyncIterable<Buffer>) received += chunk.length;

    expect(received).to.equal(size);
  });

  it('reach the client as they come: the first half before the origin has sent the second', async () => {
    const middle = new Barrier();
    const origin = await makeHttpOrigin(opened, async (_, response) => {
      response.writeHead(200, { 'Cache-Control': 'max-age=60', 'Content-Length': 10 }).write('first');
      await middle.pass();
      response.end('after');
    });
    const { url } = await makeProxy(opened, origin.url);

    const answer = await begin(opened, `${url}/`);
    const first = await answer.next();
    middle.open();
    const second = await answer.next();

    expect([first, second]).to.deep.equal(['first', 'after']);
  });

  it('are joined by clients that come in the middle, who get all of it from one request to the origin', async () => {
    const middle = new Barrier();
    const origin = await makeHttpOrigin(opened, async (_, response) => {
      response.writeHead(200, { 'Cache-Control': 'max-age=60', 'Content-Length': 10 }).write('first');
      await middle.pass();
      response.end('after');
    });
    const { url } = await makeProxy(opened, origin.url);

    const leading = ask(`${url}/`);
    await middle.reached;
    const following = await begin(opened, `${url}/`);
    const early = await following.next();
    middle.open();
    const late = await following.next();

    expect((await leading).text).to.equal('firstafter');
    expect([early, late]).to.deep.equal(['first', 'after']);
    expect(origin.requests).to.have.length(1);
  });

  it('are kept whole though the client that asked first has left in the middle', async () => {
    const middle = new Barrier();
    const origin = await makeHttpOrigin(opened, async (_, response) => {
      response.writeHead(200, { 'Cache-Control': 'max-age=60', 'Content-Length': 10 }).write('first');
      await middle.pass();
      response.end('after');
    });
    const { url, proxy } = await makeProxy(opened, origin.url);

    const leaving = await begin(opened, `${url}/`);
    await middle.reached;
    leaving.response.destroy();
    await until(() => proxy.counters.connections === 0);
    middle.open();
    await until(() => proxy.origin.inFlight === 0);
    const next = await ask(`${url}/`);

    expect([next.text, next.cache]).to.deep.equal(['firstafter', 'HIT']);
    expect(origin.requests).to.have.length(1);
  });

  for (const [how, head, piece, breakOff] of [
    ['cut short of their Content-Length', 'Content-Length: 10\r\n', 'short', 'end'],
    ['reset short of their Content-Length', 'Content-Length: 10\r\n', 'short', 'reset'],
    ['chunked and cut before the last chunk', 'Transfer-Encoding: chunked\r\n', '5\r\nshort\r\n', 'end'],
    ['chunked and cut within a chunk', 'Transfer-Encoding: chunked\r\n', 'ff\r\nshort', 'end'],
    ['ended by a reset where only the end of the connection ends them', 'Connection: close\r\n', 'short', 'reset'],
  ] as const) {
    it(`${how} reach the client as cut, and are never stored`, async () => {
      const origin = await makeRawOrigin(opened, (socket, count) => {
        if (count > 1) {
          socket.end('HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 5\r\n\r\nwhole');
          return;
        }
        socket.write(`HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\n${head}\r\n${piece}`, () => {
          if (breakOff === 'end') socket.end();
          // The bytes before it must have been read: a reset discards those that wait.
          else setTimeout(() => socket.resetAndDestroy(), 50);
        });
      });
      const { url } = await makeProxy(opened, origin.url);

      const cut = await ask(`${url}/`).then(
        ({ status }) => status,
        () => 'cut',
      );
      const next = await ask(`${url}/`);

      expect(cut).to.be.oneOf(['cut', 502]);
      expect([next.text, next.cache]).to.deep.equal(['whole', 'MISS']);
    });
  }

  it('longer than their Content-Length end where they said, and what follows is nobody’s answer', async () => {
    const origin = await makeRawOrigin(opened, (socket, count) => {
      const surplus = 'HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 6\r\n\r\npoison';
      const answer = 'HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 8\r\n\r\n';
      socket.write(`${answer}answer ${count}${count === 1 ? surplus : ''}`);
    });
    const { url } = await makeProxy(opened, origin.url);

    const first = await ask(`${url}/1`).then(
      ({ text }) => text,
      () => 'refused',
    );
    const others = [await ask(`${url}/2`), await ask(`${url}/3`)];

    expect(first).to.be.oneOf(['answer 1', 'refused']);
    expect(others.map(({ text }) => text)).to.deep.equal(['answer 2', 'answer 3']);
  });

  it('that come in single bytes are kept like any other', async () => {
    const origin = await makeRawOrigin(opened, (socket) => {
      const bytes = 'HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 5\r\n\r\ndrips';
      let at = 0;
      const drip = (): void => {
        if (at < bytes.length) socket.write(bytes[at++]!, () => setImmediate(drip));
      };
      drip();
    });
    const { url } = await makeProxy(opened, origin.url);

    const miss = await ask(`${url}/`);
    const hit = await ask(`${url}/`);

    expect([miss.text, miss.cache]).to.deep.equal(['drips', 'MISS']);
    expect([hit.text, hit.cache]).to.deep.equal(['drips', 'HIT']);
  });
});
