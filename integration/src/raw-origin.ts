import { createServer, type Socket } from 'node:net';
import { listen } from './listen.js';
import type { Opened } from './opened.js';

/** An origin that speaks raw bytes. */
export interface RawOrigin {
  readonly url: string;
  readonly port: number;
  /** Everything that arrived, over all connections, as text. */
  readonly received: () => string;
  /** The request heads that arrived, in order. */
  readonly heads: string[];
  readonly connections: () => number;
}

/**
 * Starts an origin that answers each request head with bytes, or by doing something to the connection. It reads no bodies: it is for
 * requests without.
 */
export async function makeRawOrigin(
  opened: Opened,
  answer: string | ((socket: Socket, count: number, head: string) => void),
  port = 0,
): Promise<RawOrigin> {
  const sockets = new Set<Socket>();
  const heads: string[] = [];
  let received = '';
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // The proxy may reset a connection that it does not trust any more: that is its right.
    socket.on('error', () => undefined);
    let pending = '';
    socket.on('data', (data) => {
      const text = data.toString('latin1');
      received += text;
      pending += text;
      for (let end = pending.indexOf('\r\n\r\n'); end !== -1; end = pending.indexOf('\r\n\r\n')) {
        const head = pending.slice(0, end);
        pending = pending.slice(end + 4);
        heads.push(head);
        if (typeof answer === 'string') socket.write(answer, 'latin1');
        else answer(socket, heads.length, head);
      }
    });
  });
  const taken = await listen(server, port);
  opened.add(server, () => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => void server.close(resolve));
  });
  return {
    url: `http://127.0.0.1:${taken}`,
    port: taken,
    received: () => received,
    heads,
    connections: () => connections,
  };
}
