import { execFileSync } from 'node:child_process';
import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { ask } from '#src/http-client.js';
import { makeHttpOrigin } from '#src/http-origin.js';
import { Opened } from '#src/opened.js';
import { makeProxyProcess } from '#src/proxy-process.js';

/** As many as the system lets one process have, ten thousand at most: this process has one end of each, the proxy the other. */
const CONNECTIONS = Math.min(9_990, openFilesOfOneProcess() - 500);
const AT_A_TIME = 100;

/** Node has raised its own limit as far as it may; a shell that it begins has the same. */
function openFilesOfOneProcess(): number {
  const told = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim();
  return told === 'unlimited' ? Infinity : Number(told);
}

describe(`${CONNECTIONS} idle connections`, function () {
  this.timeout(60_000);
  const opened = new Opened();
  afterEach(() => opened.close());

  /** Opens a connection, and leaves it open behind its first answer, which may only be a hit. */
  function hold(port: number): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1' }, () => {
        socket.write('GET /hit HTTP/1.1\r\nHost: idle\r\n\r\n');
      });
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('the connection was closed')));
      socket.once('data', () => resolve(socket));
    });
  }

  it('stay open, cost little memory, and keep nobody else from being answered', async () => {
    const origin = await makeHttpOrigin(opened, ({ url }, response) => {
      response.writeHead(200, { 'Cache-Control': 'max-age=600' }).end(url);
    });
    const proxy = await makeProxyProcess(opened, { origin: origin.url, limits: { keepAliveTimeout: '10m' } });
    await ask(`${proxy.url}/hit`, { headers: { Host: 'idle' } });
    const before = await proxy.peakMemory();
    const sockets: Socket[] = [];
    opened.add(sockets, (held) => held.forEach((socket) => socket.destroy()));
    while (sockets.length < CONNECTIONS) {
      const more = Math.min(AT_A_TIME, CONNECTIONS - sockets.length);
      sockets.push(...(await Promise.all(Array.from({ length: more }, () => hold(proxy.port)))));
    }
    const each = ((await proxy.peakMemory()) - before) / CONNECTIONS;
    expect(each, 'bytes a connection').to.be.below(40_000);

    const agent = opened.add(new Agent({ keepAlive: true }), (it) => it.destroy());
    for (let round = 0; round < 20; round++) {
      expect((await ask(`${proxy.url}/others/${round}`, { agent })).text).to.equal(`/others/${round}`);
    }
    expect(sockets.filter((socket) => socket.destroyed)).to.have.length(0);
    // Each of them can still be used.
    for (const socket of [sockets[0]!, sockets[CONNECTIONS >> 1]!, sockets.at(-1)!]) {
      const answer = new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString('latin1'))));
      socket.write('GET /hit HTTP/1.1\r\nHost: idle\r\n\r\n');
      expect(await answer).to.match(/^HTTP\/1\.1 200 OK\r\n[^]*X-Cache: HIT/);
    }
    expect(origin.requests).to.have.length(21);
  });
});
