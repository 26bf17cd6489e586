import { createServer, type Server } from 'node:http';

/** node:http that reads a request's body and answers with a word: the least that a PUT costs. */
export function makeReadHello(): Server {
  return createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.on('end', () => {
      response.setHeader('Content-Type', 'application/json');
      response.end(`{"bytes":${Buffer.concat(chunks).length}}`);
    });
  });
}
