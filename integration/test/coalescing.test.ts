import { Barrier } from '@cachewarp/core/testing';
import { expect } from 'chai';
import { ask, askMany } from '#src/http-client.js';
import { makeHttpOrigin } from '#src/http-origin.js';
import { Opened } from '#src/opened.js';
import { makeProxy } from '#src/test-proxy.js';
import { until } from '#src/until.js';

describe('many clients at once', () => {
  const opened = new Opened();
  afterEach(() => opened.close());

  it('make one request to the origin when 100 of them ask for what is not stored yet', async () => {
    const gate = new Barrier();
    const origin = await makeHttpOrigin(opened, async (_, response, count) => {
      await gate.pass();
      response.writeHead(200, { 'Cache-Control': 'max-age=60' }).end(`answer ${count}`);
    });
    const { url, proxy } = await makeProxy(opened, origin.url);

    const asking = askMany(100, `${url}/cold`);
    await until(() => proxy.counters.active === 100);
    gate.open();
    const answers = await asking;

    expect(new Set(answers.map(({ text }) => text))).to.deep.equal(new Set(['answer 1']));
    expect(origin.requests).to.have.length(1);
  });

  it('get the stale answer without waiting when 100 of them ask inside stale-while-revalidate, and the origin is asked once', async () => {
    const gate = new Barrier();
    const origin = await makeHttpOrigin(opened, async (_, response, count) => {
      if (count > 1) await gate.pass();
      response.writeHead(200, { 'Cache-Control': 'max-age=60, stale-while-revalidate=60' }).end(`answer ${count}`);
    });
    const { url, clock } = await makeProxy(opened, origin.url);
    await ask(`${url}/warm`);
    clock.advance(61_000);

    // The origin does not answer before all of them have their answers.
    const answers = await askMany(100, `${url}/warm`);
    await origin.arrived(2);
    gate.open();
    await until(async () => (await ask(`${url}/warm`)).cache === 'HIT');
    const after = await ask(`${url}/warm`);

    expect(new Set(answers.map(({ text, cache }) => `${text} ${cache}`))).to.deep.equal(new Set(['answer 1 STALE']));
    expect(origin.requests).to.have.length(2);
    expect(after.text).to.equal('answer 2');
  });

  it('are not made to queue when 20 of them ask for what is never stored', async () => {
    let round = new Barrier();
    const origin = await makeHttpOrigin(opened, async (_, response, count) => {
      // Only the very first request is answered at once: from it the proxy learns that this is never stored.
      if (count > 1) await round.pass();
      response.writeHead(200, { 'Cache-Control': 'no-store' }).end(`answer ${count}`);
    });
    const { url } = await makeProxy(opened, origin.url);

    const first = askMany(20, `${url}/never`);
    await until(() => origin.requests.length === 20 && origin.running() === 19);
    round.open();
    const answers = await first;
    round = new Barrier();
    const second = askMany(20, `${url}/never`);
    await until(() => origin.running() === 20);
    round.open();
    answers.push(...(await second));

    expect(new Set(answers.map(({ text }) => text)).size).to.equal(40);
    expect(origin.requests).to.have.length(40);
    expect(origin.mostRunning()).to.equal(20);
  });

  it('never share an answer that turns out to be personal', async () => {
    const gate = new Barrier();
    const origin = await makeHttpOrigin(opened, async (request, response, count) => {
      if (count === 1) await gate.pass();
      response
        .writeHead(200, { 'Cache-Control': 'private, max-age=60' })
        .end(`for ${String(request.headers['x-user'])}`);
    });
    const { url, proxy } = await makeProxy(opened, origin.url);

    const asking = Promise.all(
      ['anna', 'bert', 'carl'].map((user) => ask(`${url}/me`, { headers: { 'X-User': user } })),
    );
    await until(() => proxy.counters.active === 3);
    gate.open();
    const answers = await asking;

    expect(answers.map(({ text }) => text)).to.deep.equal(['for anna', 'for bert', 'for carl']);
  });

  it('do not wait for one another on other URLs while 60 of them hang on one', async () => {
    const gate = new Barrier();
    const origin = await makeHttpOrigin(opened, async (request, response) => {
      if (request.url === '/hangs') await gate.pass();
      response.writeHead(200, { 'Cache-Control': 'max-age=60' }).end(request.url);
    });
    const { url, proxy } = await makeProxy(opened, origin.url);

    const hanging = askMany(60, `${url}/hangs`);
    await until(() => proxy.counters.active === 60);
    const others = await Promise.all(['/1', '/2', '/3'].map((path) => ask(`${url}${path}`)));
    gate.open();
    await hanging;

    expect(others.map(({ text }) => text)).to.deep.equal(['/1', '/2', '/3']);
    expect(origin.requests.filter((request) => request.url === '/hangs')).to.have.length(1);
  });
});
