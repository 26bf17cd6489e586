import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createNetServer, type AddressInfo, type Server as NetServer, type Socket } from 'node:net';

/** What a test opened and must close. */
export class Opened {
  readonly #closers: (() => void | Promise<void>)[] = [];

  add(close: () => void | Promise<void>): void {
    this.#closers.push(close);
  }

  /** Closes everything, the youngest first. */
  async close(): Promise<void> {
    for (const close of this.#closers.splice(0).toReversed()) await close();
  }
}

/** An origin on node:http; what it was asked is kept. */
export interface HttpOrigin {
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  readonly requests: IncomingMessage[];
}

export async function httpOrigin(
  opened: Opened,
  listener: (request: IncomingMessage, response: ServerResponse, count: number) => void,
): Promise<HttpOrigin> {
  const requests: IncomingMessage[] = [];
  const onRequest: RequestListener = (request, response) => {
    requests.push(request);
    listener(request, response, requests.length);
  };
  const server = createServer(onRequest);
  server.maxHeadersCount = 0;
  const port = await listen(server);
  opened.add(() => {
    server.closeAllConnections();
    return new Promise((resolve) => void server.close(() => resolve()));
  });
  return { url: `http://127.0.0.1:${port}`, port, server, requests };
}

/** An origin that speaks raw bytes; what it received is kept, by connection. */
export interface RawOrigin {
  readonly url: string;
  readonly port: number;
  readonly connections: RawConnection[];
}

export interface RawConnection {
  readonly socket: Socket;
  received: string;
}

/** `onData` is called with every piece of data, after it was added to `connection.received`. */
export async function rawOrigin(
  opened: Opened,
  onData: (connection: RawConnection, count: number) => void,
): Promise<RawOrigin> {
  const connections: RawConnection[] = [];
  const server = createNetServer((socket) => {
    const connection: RawConnection = { socket, received: '' };
    connections.push(connection);
    const count = connections.length;
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      connection.received += data.toString('latin1');
      onData(connection, count);
    });
  });
  const port = await listen(server);
  opened.add(() => {
    for (const { socket } of connections) socket.destroy();
    return new Promise((resolve) => void server.close(() => resolve()));
  });
  return { url: `http://127.0.0.1:${port}`, port, connections };
}

/** An origin that answers each request head with these bytes. */
export function scriptedOrigin(
  opened: Opened,
  answer: string | ((socket: Socket, count: number) => void),
): Promise<RawOrigin> {
  let count = 0;
  return rawOrigin(opened, (connection) => {
    const heads = connection.received.split('\r\n\r\n').length - 1;
    connection.received = connection.received.slice(connection.received.lastIndexOf('\r\n\r\n') + 4);
    for (let at = 0; at < heads; at++) {
      count++;
      if (typeof answer === 'string') connection.socket.write(answer, 'latin1');
      else answer(connection.socket, count);
    }
  });
}

export async function listen(server: Server | NetServer): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** A port on which nobody listens. */
export async function freePort(): Promise<number> {
  const server = createNetServer();
  const port = await listen(server);
  await new Promise((resolve) => void server.close(resolve));
  return port;
}
