import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { expect } from 'chai';
import { WebSocket, WebSocketServer } from 'ws';
import { ask } from '#src/http-client.js';
import { makeHttpOrigin } from '#src/http-origin.js';
import { Opened } from '#src/opened.js';
import { makeProxy } from '#src/test-proxy.js';
import { until } from '#src/until.js';

describe('WebSocket through the proxy', () => {
  const opened = new Opened();
  afterEach(() => opened.close());

  /** An origin that says everything back, and closes with the code that it is told. */
  async function makeEcho() {
    const origin = await makeHttpOrigin(opened, (_, response) => void response.end('plain'));
    const sockets = new WebSocketServer({ noServer: true, maxPayload: 32 * 1024 * 1024 });
    const seen: string[] = [];
    origin.server.on('upgrade', (request, socket, head) => {
      seen.push(String(request.headers['cookie']));
      if (request.url === '/forbidden') return void socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
      sockets.handleUpgrade(request, socket, head, (client) => {
        client.on('message', (data, isBinary) => {
          const text = isBinary ? '' : (data as Buffer).toString();
          if (text.startsWith('close ')) client.close(Number(text.slice(6)), 'as told');
          else client.send(data, { binary: isBinary });
        });
        client.on('close', (code, reason) => seen.push(`${code} ${reason.toString()}`));
      });
    });
    opened.add(sockets, () => {
      for (const client of sockets.clients) client.terminate();
    });
    const { url, proxy } = await makeProxy(opened, origin.url);
    return { url, proxy, seen };
  }

  async function connect(url: string, headers: Record<string, string> = {}): Promise<WebSocket> {
    const socket = new WebSocket(url.replace('http', 'ws'), { headers, maxPayload: 32 * 1024 * 1024 });
    opened.add(socket, () => socket.terminate());
    await once(socket, 'open');
    return socket;
  }

  async function echo(socket: WebSocket, data: string | Buffer): Promise<Buffer> {
    socket.send(data);
    return ((await once(socket, 'message')) as [Buffer])[0];
  }

  it('echoes text and binary frames, small and large, in both directions', async () => {
    const { url } = await makeEcho();
    const socket = await connect(`${url}/chat`);
    const large = randomBytes(5 * 1024 * 1024);

    expect((await echo(socket, 'hello')).toString()).to.equal('hello');
    expect((await echo(socket, '')).toString()).to.equal('');
    expect((await echo(socket, large)).equals(large)).to.equal(true);
    expect((await echo(socket, 'ü€𝄞')).toString()).to.equal('ü€𝄞');
  });

  it('hands the close code and reason of either side to the other', async () => {
    const { url, seen, proxy } = await makeEcho();
    const byOrigin = await connect(`${url}/chat`);
    const byClient = await connect(`${url}/chat`);

    byOrigin.send('close 4001');
    const [code, reason] = (await once(byOrigin, 'close')) as [number, Buffer];
    byClient.close(4002, 'enough');
    await once(byClient, 'close');
    await until(() => seen.includes('4002 enough'));
    await until(() => proxy.counters.connections === 0);

    expect([code, reason.toString()]).to.deep.equal([4001, 'as told']);
  });

  it('gives the origin the cookies of the handshake, and the client the origin’s refusal', async () => {
    const { url, seen } = await makeEcho();

    await connect(`${url}/chat`, { Cookie: 'id=1' });
    const refused = new WebSocket(`${url.replace('http', 'ws')}/forbidden`);
    const [, response] = (await once(refused, 'unexpected-response')) as [unknown, { statusCode: number }];

    expect(seen[0]).to.equal('id=1');
    expect(response.statusCode).to.equal(403);
  });

  it('does not keep ordinary requests of the same URL from being served', async () => {
    const { url } = await makeEcho();
    await connect(`${url}/chat`);

    expect((await ask(`${url}/chat`)).text).to.equal('plain');
  });
});
