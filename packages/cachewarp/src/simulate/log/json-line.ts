import { readRequestLine } from './clf-line.js';
import { parseLogDate } from './clf-date.js';
import { FieldFinder } from './json-field.js';
import type { LineFault, LogRequest } from './log-request.js';
import { readTarget } from './request-target.js';

/** Names as nginx (in the usual hand-written formats), Caddy, pino-http, ECS, Traefik and morgan's JSON have them, the commonest first. */
const METHOD = new FieldFinder(
  'request_method',
  'method',
  'request.method',
  'req.method',
  'http.request.method',
  'verb',
  'RequestMethod',
);
const URL = new FieldFinder(
  'request_uri',
  'uri',
  'request.uri',
  'req.url',
  'url.original',
  'url',
  'RequestPath',
  'url.path',
  'path',
);
const QUERY = new FieldFinder('url.query', 'query_string', 'args', 'query');
const REQUEST_LINE = new FieldFinder('request', 'request_line');
const HOST = new FieldFinder(
  'host',
  'request.host',
  'http_host',
  'req.headers.host',
  'url.domain',
  'server_name',
  'RequestHost',
);
const STATUS = new FieldFinder(
  'status',
  'response.status',
  'res.statusCode',
  'http.response.status_code',
  'statusCode',
  'status_code',
  'resp.status',
  'DownstreamStatus',
);
const BYTES = new FieldFinder(
  'body_bytes_sent',
  'size',
  'bytes_sent',
  'bytes',
  'http.response.body.bytes',
  'http.response.bytes',
  'res.headers.content-length',
  'responseSize',
  'content_length',
  'contentLength',
  'DownstreamContentSize',
);
const TIME = new FieldFinder(
  'time_iso8601',
  'msec',
  'ts',
  '@timestamp',
  'time',
  'timestamp',
  'time_local',
  'StartUTC',
  'date',
);

/** How long the answer took, by the unit in which it is written: what makes it ms. */
const DURATIONS: readonly [finder: FieldFinder, toMs: number][] = [
  [new FieldFinder('request_time', 'duration', 'duration_s'), 1000],
  [new FieldFinder('responseTime', 'duration_ms', 'response_time_ms', 'elapsed_ms', 'latency_ms', 'response_time'), 1],
  [new FieldFinder('event.duration', 'Duration', 'duration_ns'), 1e-6],
];

/** Reads a line that holds a request as a JSON object, with fields dotted or nested. */
export function parseJsonLine(line: string): LogRequest | LineFault {
  let content: unknown;
  try {
    content = JSON.parse(line);
  } catch {
    // What is wrong with it is of no use: lines that end early are the usual case.
    return 'not the JSON that it begins as';
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return 'no JSON object';
  const fields = content as Record<string, unknown>;
  const request = readRequest(fields);
  if (typeof request === 'string') return request;
  const at = readInstant(TIME.find(fields));
  if (at === undefined) return 'no time';
  const status = numberOf(STATUS.find(fields));
  if (status === undefined || !Number.isInteger(status) || status < 100 || status > 999) return 'no status';
  const bytes = numberOf(BYTES.find(fields));
  const host = HOST.find(fields);
  return {
    at,
    method: request.method,
    target: request.target,
    host: request.host === '' && typeof host === 'string' && host.length < 256 ? host : request.host,
    status,
    bytes: bytes !== undefined && bytes >= 0 ? Math.floor(bytes) : -1,
    durationMs: readDuration(fields),
  };
}

function readRequest(fields: Record<string, unknown>): { method: string; target: string; host: string } | LineFault {
  const method = METHOD.find(fields);
  const url = URL.find(fields);
  if (typeof method === 'string' && typeof url === 'string') {
    if (method.length > 32) return 'the request is none of HTTP';
    const target = readTarget(url);
    if (target === undefined) return 'the target is no path';
    return { method: method.toUpperCase(), host: target.host, target: withQuery(target.target, QUERY.find(fields)) };
  }
  const line = REQUEST_LINE.find(fields);
  return typeof line === 'string' ? readRequestLine(line) : 'no method and URL';
}

/** A query that stands in a field of its own. */
function withQuery(target: string, query: unknown): string {
  if (typeof query !== 'string' || query === '' || query === '-' || target.includes('?')) return target;
  return `${target}?${query.startsWith('?') ? query.slice(1) : query}`;
}

/** Numbers are seconds, ms, µs or ns since the epoch, by their size: nothing was logged before 1973. */
function readInstant(value: unknown): number | undefined {
  const number = numberOf(value);
  if (number === undefined) return typeof value === 'string' ? parseLogDate(value) : undefined;
  if (number <= 0) return undefined;
  const ms = number < 1e11 ? number * 1000 : number < 1e14 ? number : number < 1e17 ? number / 1e3 : number / 1e6;
  // Beyond what a Date can hold there is no time.
  return ms < 8.64e15 ? ms : undefined;
}

function readDuration(fields: Record<string, unknown>): number {
  for (const [finder, toMs] of DURATIONS) {
    const value = numberOf(finder.find(fields));
    if (value !== undefined && value >= 0) return value * toMs;
  }
  return -1;
}

/** A number, be it written as one or as text. */
function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  return typeof value === 'string' && /^\d{1,20}(?:\.\d{1,9})?$/.test(value) ? Number(value) : undefined;
}
