import { createServer, type Server } from 'node:net';
import { BODY } from './body.js';

/** The least that a server in Node can do: one write for what was read, whatever it was. */
export function makeNetFloor(): Server {
  const head = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n`;
  const answer = Buffer.from(head + BODY);
  return createServer({ noDelay: true }, (socket) => {
    socket.on('data', () => socket.write(answer));
    // The load generator leaves as it likes.
    socket.on('error', () => socket.destroy());
  });
}
