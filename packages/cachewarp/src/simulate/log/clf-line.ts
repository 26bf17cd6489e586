import { parseLogDate } from './clf-date.js';
import type { LineFault, LogRequest } from './log-request.js';
import { readTarget } from './request-target.js';

const METHOD = /^[A-Za-z][A-Za-z-]{0,31}$/;
const VERSION = /^HTTP\/\d(?:\.\d)?$/;
const HOST = /^[\w.-]{1,255}(?::\d{1,5})?$/;

/** Most lines are of the same second as the one before. */
let lastDate = { text: '', at: 0 };

/**
 * Reads a line of the common or combined log format, of Apache's `vhost_combined` or nginx's own formats that begin alike. What follows
 * the agent is looked through for how long the answer took: `0.123` or `rt=0.123` is seconds, a whole number is microseconds (`%D`).
 *
 * Everything is found by looking for the next quote, space or bracket, so that a line takes time in proportion to its length.
 */
export function parseClfLine(line: string): LogRequest | LineFault {
  const open = line.indexOf('[');
  const close = line.indexOf(']', open);
  if (open === -1 || close === -1) return 'no time in brackets';
  const at = readDate(line.slice(open + 1, close));
  if (at === undefined) return 'the time in brackets is none';
  const quote = line.indexOf('"', close);
  const quoteEnd = endOfQuoted(line, quote);
  if (quote === -1 || quoteEnd === -1) return 'no request in quotes';

  const request = readRequestLine(line.slice(quote + 1, quoteEnd));
  if (typeof request === 'string') return request;
  const fields = line.slice(quoteEnd + 1, quoteEnd + 64).trimStart();
  const status = /^(\d{3}) (\d{1,15}|-)/.exec(fields);
  if (status === null) return 'no status and bytes behind the request';
  return {
    at,
    method: request.method,
    target: request.target,
    host: request.host === '' ? hostOf(line.slice(0, open)) : request.host,
    status: Number(status[1]),
    bytes: status[2] === '-' ? 0 : Number(status[2]),
    durationMs: durationOf(line, quoteEnd),
  };
}

function readDate(text: string): number | undefined {
  if (text === lastDate.text) return lastDate.at;
  const at = parseLogDate(text);
  if (at !== undefined) lastDate = { text, at };
  return at;
}

/** Where a quoted string ends that begins at `quote`; a backslash takes its next character in. */
function endOfQuoted(line: string, quote: number): number {
  if (quote === -1) return -1;
  for (let end = line.indexOf('"', quote + 1); end !== -1; end = line.indexOf('"', end + 1)) {
    let slashes = 0;
    while (line.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end;
  }
  return -1;
}

/** The method and target of a request line such as `GET /x HTTP/1.1`. A target that holds spaces is one that a client sent so. */
export function readRequestLine(text: string): { method: string; target: string; host: string } | LineFault {
  const space = text.indexOf(' ');
  const method = space === -1 ? '' : text.slice(0, space);
  if (!METHOD.test(method)) return 'the request is none of HTTP';
  const lastSpace = text.lastIndexOf(' ');
  const hasVersion = lastSpace > space && VERSION.test(text.slice(lastSpace + 1));
  const target = readTarget(text.slice(space + 1, hasVersion ? lastSpace : undefined));
  return target === undefined ? 'the target is no path' : { method, ...target };
}

/** `vhost_combined` has the host before the client's address. */
function hostOf(head: string): string {
  const words = head.trimEnd().split(' ', 5);
  return words.length === 4 && HOST.test(words[0]!) ? words[0]! : '';
}

function durationOf(line: string, requestEnd: number): number {
  const last = line.lastIndexOf('"');
  // Only what stands behind the referrer and the agent: before them come status and bytes.
  if (last <= requestEnd) return -1;
  for (const word of line.slice(last + 1, last + 257).split(' ')) {
    const value = word.startsWith('rt=') ? word.slice(3) : word;
    if (/^\d{1,9}\.\d{1,9}$/.test(value)) return Number(value) * 1000;
    if (/^\d{1,12}$/.test(value)) return Number(value) / 1000;
  }
  return -1;
}

const BACKSLASH = 0x5c;
