import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApp, DEFAULT_DELAY_MS } from './create-app.js';
import { curlLines } from './curl-lines.js';

/** Exit codes: 1 it could not listen, 2 an environment variable cannot be used. */
const CANNOT_LISTEN = 1;
const FAULTY_ENVIRONMENT = 2;

/** Answers on their way get this long to go out before connections are cut. */
const DRAIN_MS = 5_000;

const { PORT = '3000', HOST = '127.0.0.1', ADMIN_TOKEN } = process.env;

if (!/^\d{1,5}$/.test(PORT) || Number(PORT) > 65_535) {
  fail(FAULTY_ENVIRONMENT, `PORT must be a whole number from 0 to 65535, got ${JSON.stringify(PORT)}`);
}

const example = createApp({ adminToken: ADMIN_TOKEN });
const answer = example.app.callback();
// Koa answers errors, too: this promise does not reject.
const server = createServer((request, response) => void answer(request, response));

server.once('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EADDRINUSE') fail(CANNOT_LISTEN, `Port ${PORT} is busy. Take another: PORT=3001 npm start`);
  fail(CANNOT_LISTEN, `Cannot listen on ${HOST}:${PORT}: ${error.message}`);
});

server.listen(Number(PORT), HOST, () => {
  const { port } = server.address() as AddressInfo;
  const host = HOST === '0.0.0.0' || HOST === '::' ? 'localhost' : HOST;
  const address = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  console.log(`The example API listens on ${address} (each query takes ${DEFAULT_DELAY_MS} ms). Try:\n`);
  for (const { line, comment } of curlLines(address)) console.log(`  # ${comment}\n  ${line}\n`);
  console.log('Stop it with Ctrl+C.');
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    setTimeout(() => server.closeAllConnections(), DRAIN_MS).unref();
    server.close(() => {
      example.close().catch((error: unknown) => fail(CANNOT_LISTEN, `Closing the cache failed: ${String(error)}`));
    });
  });
}

function fail(code: number, message: string): never {
  console.error(message);
  process.exit(code);
}
