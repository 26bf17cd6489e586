import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Answer } from '../message/answer.js';

/** How long content that nobody wants is read after the answer was given. */
const LINGER_MS = 2_000;

/** Writes an answer to a request that was read to its end. */
export function writeAnswer(response: ServerResponse, { status, fields, body }: Answer, closes: boolean): void {
  if (response.headersSent) response.destroy();
  if (response.destroyed) return;
  if (closes) response.shouldKeepAlive = false;
  const own = fields as string[];
  if (body === undefined) {
    // RFC 9110 section 8.6: no Content-Length with 204, and none with 304 unless it is that of the 200.
    response.writeHead(status, status === 204 || status === 304 ? own : [...own, 'Content-Length', '0']);
    response.end();
    return;
  }
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
  response.writeHead(status, [...own, 'Content-Length', String(length)]);
  // Text goes out in one piece with the head. To HEAD, Node sends no body by itself.
  response.end(body);
}

/**
 * Answers before the request's content was read, and ends the connection. What still comes is read and dropped for a moment: a connection
 * that is closed with unread content in it is reset, and the client might never see the answer.
 */
export function endWithContentLeft(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const { socket } = response;
  if (socket === null || response.headersSent) {
    response.destroy();
    return;
  }
  request.resume();
  socket.end(renderClosing(answer, request.method === 'HEAD'));
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

/** A whole answer as bytes, for a connection that can no longer be answered in the ordinary way. */
export function renderClosing({ status, fields, body = '' }: Answer, isHead = false): Buffer {
  const bytes = typeof body === 'string' ? Buffer.from(body) : Buffer.from(body);
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\nDate: ${new Date().toUTCString()}\r\nConnection: close\r\n`;
  for (let at = 0; at < fields.length; at += 2) head += `${fields[at]!}: ${fields[at + 1]!}\r\n`;
  if (status !== 204 && status !== 304) head += `Content-Length: ${bytes.length}\r\n`;
  const text = Buffer.from(`${head}\r\n`, 'latin1');
  return isHead || status === 204 || status === 304 ? text : Buffer.concat([text, bytes]);
}
