import { Barrier } from '@cachewarp/core/testing';
import { expect } from 'chai';
import { ask, begin, type Answer } from '#src/http-client.js';
import { makeHttpOrigin } from '#src/http-origin.js';
import { listen } from '#src/listen.js';
import { Opened } from '#src/opened.js';
import { makeRawOrigin } from '#src/raw-origin.js';
import { makeProxy } from '#src/test-proxy.js';
import { until } from '#src/until.js';

type Fault = 'refuses' | 'stalls' | 'resets' | 'cuts' | 'storms' | 'flaps';

/** Short times, so that a test is over soon; what they bound is counted, not timed. */
const UPSTREAM = {
  firstByteTimeout: '100ms',
  retryDelay: '1ms',
  breaker: { openFor: '20ms', maxOpenFor: '20ms' },
} as const;

describe('an origin with faults, under load', function () {
  this.timeout(20_000);
  const opened = new Opened();
  afterEach(() => opened.close());

  /** An origin that is well until it is told to have a fault. */
  async function makeFaulty() {
    let fault: Fault | undefined;
    const origin = await makeHttpOrigin(opened, ({ socket, url }, response, count) => {
      if (fault === 'stalls') return;
      if (fault === 'resets' || (fault === 'flaps' && count % 2 === 0)) return void socket.resetAndDestroy();
      if (fault === 'cuts') return void socket.end('HTTP/1.1 200 OK\r\nContent-Le');
      if (fault === 'storms') return void response.writeHead(503).end('storm');
      const fields = { 'Cache-Control': 'max-age=60, stale-if-error=600', ETag: '"a"' };
      response.writeHead(200, fields).end(`${url} is well`);
    });
    const proxy = await makeProxy(opened, origin.url, { upstream: UPSTREAM });
    const set = async (to: Fault | undefined): Promise<void> => {
      if (to === 'refuses') {
        origin.server.closeAllConnections();
        await new Promise((resolve) => void origin.server.close(resolve));
      }
      if (fault === 'refuses') await listen(origin.server, origin.port);
      fault = to;
    };
    return { origin, proxy, set };
  }

  /** Three waves of twenty clients. */
  async function load(url: (index: number) => string): Promise<Answer[]> {
    const answers: Answer[] = [];
    for (let wave = 0; wave < 3; wave++) {
      answers.push(...(await Promise.all(Array.from({ length: 20 }, (_, index) => ask(url(wave * 20 + index))))));
    }
    return answers;
  }

  for (const fault of ['refuses', 'stalls', 'resets', 'cuts', 'storms', 'flaps'] as const) {
    it(`${fault}: what is stored is served inside its window without an error, the rest fails soon, and it recovers`, async () => {
      const { proxy, set } = await makeFaulty();
      const stored = ['/1', '/2', '/3'];
      for (const path of stored) await ask(`${proxy.url}${path}`);
      proxy.clock.advance(61_000);
      await set(fault);

      const known = await load((index) => `${proxy.url}${stored[index % 3]!}`);
      const unknown = await load((index) => `${proxy.url}/cold/${index}`);
      await set(undefined);
      await until(async () => (await ask(`${proxy.url}/cold/again`)).status === 200);
      await until(async () => {
        // After a failure the origin is left alone for a moment before it is asked about the same thing again.
        proxy.clock.advance(1000);
        return (await ask(`${proxy.url}/1`)).cache === 'HIT';
      });

      expect(new Set(known.map(({ status }) => status))).to.deep.equal(new Set([200]));
      for (const [index, { text }] of known.entries()) expect(text).to.equal(`${stored[index % 3]!} is well`);
      for (const { status, headers, text } of unknown) {
        if (fault === 'flaps' && status === 200) continue;
        expect(status).to.be.oneOf([502, 503, 504]);
        if (text === 'storm') continue;
        expect(headers['content-type']).to.equal('application/problem+json');
        expect(headers['retry-after']).to.match(/^[1-9]\d*$/);
        expect(headers['cache-control']).to.equal('no-store');
      }
    });
  }

  it('is asked at most three times for one GET, connections from the pool included', async () => {
    let isWell = true;
    const origin = await makeRawOrigin(opened, (socket) => {
      if (isWell) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      else socket.resetAndDestroy();
    });
    const { url } = await makeProxy(opened, origin.url, { upstream: { ...UPSTREAM, breaker: false } });
    await Promise.all([ask(`${url}/a`), ask(`${url}/b`), ask(`${url}/c`), ask(`${url}/d`)]);
    isWell = false;

    const answer = await ask(`${url}/once`);

    expect(answer.status).to.equal(502);
    expect(origin.heads.filter((head) => head.startsWith('GET /once'))).to.have.length(3);
  });

  it('is asked once for a POST, whatever becomes of it', async () => {
    const origin = await makeHttpOrigin(opened, ({ socket }) => void socket.resetAndDestroy());
    const { url } = await makeProxy(opened, origin.url, { upstream: { ...UPSTREAM, breaker: false } });

    const withBody = await ask(`${url}/`, { method: 'POST', body: 'a' });
    const without = await ask(`${url}/`, { method: 'POST' });

    expect([withBody.status, without.status]).to.deep.equal([502, 502]);
    expect(origin.requests).to.have.length(2);
  });

  it('is asked once when it does not answer in time: nobody waits twice', async () => {
    const origin = await makeHttpOrigin(opened, () => undefined);
    const { url } = await makeProxy(opened, origin.url, { upstream: UPSTREAM });

    const answer = await ask(`${url}/`);

    expect(answer.status).to.equal(504);
    expect(origin.requests).to.have.length(1);
  });

  it('that stalls in mid-body is given up, the client sees the cut, and nothing of it is stored', async () => {
    const origin = await makeHttpOrigin(opened, (_, response, count) => {
      response.writeHead(200, { 'Cache-Control': 'max-age=60', 'Content-Length': 5 });
      if (count === 1) response.write('ha');
      else response.end('whole');
    });
    const { url } = await makeProxy(opened, origin.url, { upstream: { ...UPSTREAM, idleTimeout: '100ms' } });

    const first = await ask(`${url}/`).then(
      ({ text }) => text,
      () => 'cut',
    );
    const second = await ask(`${url}/`);

    expect(first).to.equal('cut');
    expect([second.text, second.cache]).to.deep.equal(['whole', 'MISS']);
  });

  it('is asked once though the client that asked first leaves before the head: the others get the answer', async () => {
    const gate = new Barrier();
    const origin = await makeHttpOrigin(opened, async (_, response) => {
      await gate.pass();
      response.writeHead(200, { 'Cache-Control': 'max-age=60' }).end('answer');
    });
    const { url, proxy } = await makeProxy(opened, origin.url);

    const leaving = new Opened();
    const left = begin(leaving, `${url}/`).catch(() => 'left');
    await origin.arrived(1);
    const waiting = [ask(`${url}/`), ask(`${url}/`)];
    await until(() => proxy.counters.active === 3);
    await leaving.close();
    await until(() => proxy.counters.connections === 2);
    gate.open();
    const answers = await Promise.all(waiting);

    expect(await left).to.equal('left');
    expect(answers.map(({ text }) => text)).to.deep.equal(['answer', 'answer']);
    expect(origin.requests).to.have.length(1);
  });

  it('fails for the client that leads and for those who wait, and nobody hangs', async () => {
    const gate = new Barrier();
    const origin = await makeHttpOrigin(opened, async ({ socket }) => {
      await gate.pass();
      socket.resetAndDestroy();
    });
    const { url, proxy } = await makeProxy(opened, origin.url, {
      upstream: { ...UPSTREAM, retries: 0, breaker: false },
    });

    const asking = Array.from({ length: 50 }, () => ask(`${url}/`));
    await until(() => proxy.counters.active === 50);
    gate.open();
    const answers = await Promise.all(asking);

    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([502]));
    expect(origin.requests.length).to.be.below(50);
  });
});
