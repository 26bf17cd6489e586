import type { AnsweredRequest, RequestLog } from '@cachewarp/core';
import { assertFunction } from '@cachewarp/core';
import { cleanText } from './clean-text.js';
import { redactTarget } from './redact-target.js';

/** What is needed of a logger; one of pino is one. */
export interface RequestLogger {
  error(line: object, message: string): void;
  warn(line: object, message: string): void;
  info(line: object, message: string): void;
  debug(line: object, message: string): void;
  /** Whether lines of a level are written. Without it, all are. */
  isLevelEnabled?(level: LogLevel): boolean;
}

/** The level of a line. */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/**
 * Writes one line for each answered request: what was asked, how it was answered and why, how long that took.
 *
 * Levels: `error` for answers of 500 and above, `warn` for what broke off, `info` for what was not a fresh hit, `debug` for fresh hits:
 * those are most requests of a cache, and a line costs as much as one of them. Nothing that a client sent can end a line or move a cursor; what looks like a
 * secret in a URL is replaced, and header fields are not written at all.
 *
 * @example
 * const proxy = await startProxy({ origin, log: logRequests(pino({ level: 'info' })) });
 *
 * @throws InvalidOptionError when the logger lacks one of the four methods
 */
export function logRequests(logger: RequestLogger): RequestLog {
  for (const level of ['error', 'warn', 'info', 'debug'] as const) {
    assertFunction(`logger.${level}`, (logger as Partial<RequestLogger> | undefined)?.[level]);
  }
  const isWritten = (level: LogLevel): boolean => logger.isLevelEnabled?.(level) ?? true;
  return {
    wantsHits: isWritten('debug'),
    answered: (request) => {
      const level = levelOf(request);
      if (isWritten(level)) logger[level](lineOf(request), 'request');
    },
  };
}

function levelOf({ word, status, fault }: AnsweredRequest): LogLevel {
  if (status >= 500) return 'error';
  if (fault !== undefined) return 'warn';
  return word === 'hit' ? 'debug' : 'info';
}

/** The members of a line; those that are undefined are left out by the logger. */
function lineOf(request: AnsweredRequest): object {
  const { method, authority, target, client, requestId, route, word, reason, status, bytes, durationMs, fault } =
    request;
  return {
    requestId: cleanText(requestId),
    method: cleanText(method),
    host: cleanText(authority),
    target: cleanText(redactTarget(target)),
    route,
    decision: word,
    reason,
    status,
    bytes,
    durationMs: Math.round(durationMs * 1000) / 1000,
    client: cleanText(client),
    fault: fault === undefined ? undefined : cleanText(fault),
  };
}
