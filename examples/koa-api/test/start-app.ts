import { request as sendRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApp, type AppOptions, type ExampleApp } from '#src/create-app.js';

export interface Answer {
  readonly status: number;
  readonly type: string | undefined;
  readonly xCache: string | undefined;
  readonly text: string;
  json(): Record<string, unknown>;
}

/** The example on a real socket. */
export interface Running {
  readonly example: ExampleApp;
  readonly errors: unknown[];
  readonly get: (path: string) => Promise<Answer>;
  readonly send: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;
}

const running: { server: Server; example: ExampleApp }[] = [];

export async function startApp(options: AppOptions = { delayMs: 0 }): Promise<Running> {
  const example = createApp(options);
  const errors: unknown[] = [];
  example.app.on('error', (error) => errors.push(error));
  const server = example.app.listen(0, '127.0.0.1');
  running.push({ server, example });
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const send: Running['send'] = (method, path, body, headers = {}) => {
    const text = body === undefined || typeof body === 'string' ? (body as string | undefined) : JSON.stringify(body);
    return ask(port, method, path, text, headers);
  };
  return { example, errors, send, get: (path) => send('GET', path) };
}

/** To be called after each test. */
export async function stopApps(): Promise<void> {
  for (const { server, example } of running.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await example.close();
  }
}

function ask(
  port: number,
  method: string,
  path: string,
  body: string | undefined,
  headers: Record<string, string>,
): Promise<Answer> {
  const isChunked = headers['transfer-encoding'] !== undefined;
  const length = body === undefined || isChunked ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', method, path, headers: { ...length, ...headers }, agent: false };
    const request = sendRequest(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers['content-type'],
          xCache: response.headers['x-cache'] as string | undefined,
          text,
          json: () => JSON.parse(text) as Record<string, unknown>,
        });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}
