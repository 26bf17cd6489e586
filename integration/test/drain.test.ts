import { Agent, request } from 'node:http';
import { Barrier } from '@cachewarp/core/testing';
import { expect } from 'chai';
import { askMany } from '#src/http-client.js';
import { makeHttpOrigin } from '#src/http-origin.js';
import { isListening } from '#src/listen.js';
import { Opened } from '#src/opened.js';
import { makeProxyProcess } from '#src/proxy-process.js';
import { until } from '#src/until.js';

describe('SIGTERM', function () {
  this.timeout(20_000);
  const opened = new Opened();
  afterEach(() => opened.close());

  for (const workers of [0, 2]) describeDrain(workers === 0 ? 'one process' : `${workers} workers`, workers);

  function describeDrain(what: string, workers: number): void {
    it(`is obeyed by ${what} after the requests under way have their answers`, async () => {
      const gate = new Barrier();
      const origin = await makeHttpOrigin(opened, async (_, response) => {
        response.writeHead(200, { 'Cache-Control': 'no-store', 'Content-Length': 10 }).write('first');
        await gate.pass();
        response.end('after');
      });
      const proxy = await makeProxyProcess(opened, { origin: origin.url }, workers);

      const asking = askMany(20, `${proxy.url}/`);
      await origin.arrived(20);
      const ending = proxy.terminate();
      await until(async () => !(await isListening(proxy.port)));
      gate.open();
      const answers = await asking;

      expect(new Set(answers.map(({ text }) => text))).to.deep.equal(new Set(['firstafter']));
      expect(await ending).to.equal(0);
    });

    it(`costs no client of ${what} a request, though they keep their connections busy all the time`, async () => {
      const origin = await makeHttpOrigin(opened, ({ url }, response) => {
        response.writeHead(200, { 'Cache-Control': url!.startsWith('/kept') ? 'max-age=60' : 'no-store' }).end(url);
      });
      const proxy = await makeProxyProcess(opened, { origin: origin.url }, workers);
      const agent = opened.add(new Agent({ keepAlive: true }), (it) => it.destroy());
      const dropped: string[] = [];
      let answered = 0;

      /** Resolves with false when nobody listens any more. */
      const askOnce = (path: string): Promise<boolean> =>
        new Promise((resolve) => {
          const asking = request(`${proxy.url}${path}`, { agent }, (response) => {
            response.on('error', (error) => dropped.push(error.message));
            response.resume().on('end', () => resolve(true));
          });
          asking.on('error', (error: NodeJS.ErrnoException) => {
            // Not connected: not taken, and so not dropped. A client goes to the next instance.
            if (error.code !== 'ECONNREFUSED') dropped.push(error.message);
            resolve(false);
          });
          asking.end();
        });
      const clients = Array.from({ length: 16 }, async (_, client) => {
        for (let count = 0; await askOnce(`/${client % 2 === 0 ? 'kept' : 'passed'}/${client}?${count % 3}`); count++) {
          answered++;
        }
      });
      await until(() => answered > 200);
      const code = await proxy.terminate();
      await Promise.all(clients);

      expect(dropped).to.deep.equal([]);
      expect(code).to.equal(0);
    });
  }
});
