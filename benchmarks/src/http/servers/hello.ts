import { createServer, type Server } from 'node:http';
import { BODY } from './body.js';

/** node:http as everybody writes it, for an answer that is there already. */
export function makeHello(): Server {
  return createServer((_, response) => {
    response.setHeader('Content-Type', 'application/json');
    response.end(BODY);
  });
}
