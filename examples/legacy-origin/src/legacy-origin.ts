import { createServer, type Server } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** What a look at any product takes here: nobody ever found the time to mend it. */
const DELAY_MS = 800;

const PRODUCTS = ['Anvil', 'Bellows', 'Crowbar'].map((name, index) => ({ id: index + 1, name }));

/**
 * A server as many are: slow, no caching fields, no validators, and nobody may touch its code. It is written without any of our
 * packages. Each answer says how many requests have reached it.
 */
export function makeLegacyOrigin(delayMs = DELAY_MS): Server {
  let requests = 0;
  return createServer((request, response) => {
    void (async () => {
      const served = ++requests;
      await pause(delayMs);
      const [, collection, id] = request.url!.split('?')[0]!.split('/');
      const product = PRODUCTS.find((candidate) => String(candidate.id) === id);
      const content = collection !== 'products' ? undefined : id === undefined || id === '' ? PRODUCTS : product;
      response.statusCode = content === undefined ? 404 : 200;
      response.setHeader('Content-Type', 'application/json');
      response.end(`${JSON.stringify({ content: content ?? null, requestsSeenByOrigin: served })}\n`);
    })();
  });
}

/** A switch beside it, for the demonstration: `POST /stop` cuts the origin off as a crash would, `POST /start` brings it back. */
export function makeSwitch(origin: Server, port: number): Server {
  return createServer((request, response) => {
    if (request.method === 'POST' && request.url === '/stop') {
      origin.close();
      origin.closeAllConnections();
      response.end('the origin is stopped\n');
    } else if (request.method === 'POST' && request.url === '/start') {
      if (origin.listening) response.end('the origin is running\n');
      else origin.listen(port, '127.0.0.1', () => response.end('the origin is running again\n'));
    } else {
      response.statusCode = 404;
      response.end('POST /stop or POST /start\n');
    }
  });
}
