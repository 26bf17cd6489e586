import type { ServerResponse } from 'node:http';
import { expect } from 'chai';
import { begin } from '#src/http-client.js';
import { makeHttpOrigin } from '#src/http-origin.js';
import { Opened } from '#src/opened.js';
import { makeProxy } from '#src/test-proxy.js';
import { until } from '#src/until.js';

describe('server-sent events through the proxy', () => {
  const opened = new Opened();
  afterEach(() => opened.close());

  async function makeStream() {
    const streams: ServerResponse[] = [];
    const origin = await makeHttpOrigin(opened, (_, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' }).flushHeaders();
      streams.push(response);
    });
    const { url } = await makeProxy(opened, origin.url, { policy: { defaultTtl: '30s' } });
    return { origin, streams, url };
  }

  it('arrive one by one, each before the origin has sent the next', async () => {
    const { streams, url } = await makeStream();
    const stream = await begin(opened, `${url}/events`, { Accept: 'text/event-stream' });

    for (let number = 1; number <= 20; number++) {
      streams[0]!.write(`data: ${number}\n\n`);
      expect(await stream.next()).to.equal(`data: ${number}\n\n`);
    }
    streams[0]!.end();

    expect(await stream.next()).to.equal('');
  });

  it('are a stream of its own for each client', async () => {
    const { streams, url } = await makeStream();

    const first = await begin(opened, `${url}/events`);
    const second = await begin(opened, `${url}/events`);
    await until(() => streams.length === 2);
    streams[0]!.write('data: to the first\n\n');
    streams[1]!.write('data: to the second\n\n');

    expect([await first.next(), await second.next()]).to.deep.equal([
      'data: to the first\n\n',
      'data: to the second\n\n',
    ]);
  });

  it('end at the origin when the client leaves', async () => {
    const { origin, streams, url } = await makeStream();
    const stream = await begin(opened, `${url}/events`);
    streams[0]!.write('data: 1\n\n');
    await stream.next();

    stream.response.destroy();

    await until(() => origin.running() === 0);
  });
});
