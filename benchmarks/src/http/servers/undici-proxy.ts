import { createServer, type Server } from 'node:http';
import { Pool } from 'undici';

/** A reverse proxy without a cache and without care: what passing an answer on costs at least. */
export function makeUndiciProxy(origin: string): Server {
  const pool = new Pool(origin, { connections: 50 });
  return createServer((request, response) => {
    pool.request({ path: request.url!, method: 'GET', headers: request.headers }).then(
      ({ statusCode, headers, body }) => {
        response.writeHead(statusCode, headers);
        body.pipe(response);
      },
      () => response.writeHead(502).end(),
    );
  });
}
