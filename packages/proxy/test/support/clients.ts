import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders, type RequestOptions } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Opened } from './origins.js';

/** What a client got. */
export interface Got {
  readonly status: number;
  readonly reason: string;
  readonly headers: IncomingMessage['headers'];
  readonly rawHeaders: readonly string[];
  readonly trailers: IncomingMessage['trailers'];
  readonly interim: readonly { status: number; headers: IncomingMessage['headers'] }[];
  readonly body: string;
}

export interface Ask extends Omit<RequestOptions, 'headers'> {
  headers?: OutgoingHttpHeaders | readonly string[];
  body?: string | Buffer;
}

/** One request on a connection of its own. Rejects when the response is not complete. */
export function ask(url: string, { body, headers, ...options }: Ask = {}): Promise<Got> {
  return new Promise((resolve, reject) => {
    const interim: { status: number; headers: IncomingMessage['headers'] }[] = [];
    const request = httpRequest(
      url,
      { agent: false, ...options, headers: headers as OutgoingHttpHeaders },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          if (!response.complete) return reject(new Error('the response is not complete'));
          resolve({
            status: response.statusCode!,
            reason: response.statusMessage!,
            headers: response.headers,
            rawHeaders: response.rawHeaders,
            trailers: response.trailers,
            interim,
            body: Buffer.concat(chunks).toString('latin1'),
          });
        });
      },
    );
    request.on('information', (info) => interim.push({ status: info.statusCode, headers: info.headers }));
    request.on('error', reject);
    request.end(body);
  });
}

/** The X-Cache of a request. */
export async function xCache(url: string, options: Ask = {}): Promise<string | undefined> {
  return (await ask(url, options)).headers['x-cache'] as string | undefined;
}

/** A response whose head has come; its body is read by the test. */
export function open(opened: Opened, url: string, options: Ask = {}): Promise<IncomingMessage> {
  const { body, headers, ...rest } = options;
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { agent: false, ...rest, headers: headers as OutgoingHttpHeaders }, resolve);
    request.on('error', reject);
    request.end(body);
    opened.add(() => void request.destroy());
  });
}

/** Sends bytes as they are, and resolves with everything that came until the other side closed, or until `isEnough`. */
export function speak(
  port: number,
  bytes: string | Buffer,
  isEnough: (text: string) => boolean = () => false,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.setTimeout(4000, () => socket.destroy(new Error(`nothing more came after ${JSON.stringify(received)}`)));
    socket.on('data', (data) => {
      received += data.toString('latin1');
      if (isEnough(received)) socket.destroy();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') resolve(received);
      else reject(error);
    });
    socket.on('close', () => resolve(received));
  });
}

/** A raw connection, closed with the test. `from` is the address of its own end. */
export async function dial(opened: Opened, port: number, from = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from });
  opened.add(() => void socket.destroy());
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
}

/** The status of the first response in what was received. */
export function statusOf(received: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(received)?.[1] ?? 0);
}

export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}
