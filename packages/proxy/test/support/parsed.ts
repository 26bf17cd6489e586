import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import type { Opened } from './origins.js';

/** Counts the requests that Node's HTTP server parses on a port: those that took the ordinary way. */
export function countParsed(opened: Opened, port: number): { count: number } {
  const parsed = { count: 0 };
  const onStart = (message: unknown): void => {
    const { request } = message as { request: IncomingMessage };
    if (request.socket.localPort === port) parsed.count++;
  };
  subscribe('http.server.request.start', onStart);
  opened.add(() => void unsubscribe('http.server.request.start', onStart));
  return parsed;
}
