import type { RequestLog } from '@cachewarp/core';
import { logRequests } from '@cachewarp/metrics';
import { pino, stdTimeFunctions, type DestinationStream } from 'pino';
import { readableLine } from './readable-line.js';

/** Where lines go. */
export interface LogStream extends DestinationStream {
  /** Whether a person reads along. */
  readonly isTTY?: boolean;
}

/** From which level on lines are written; `silent`: none. */
export type LogSetting = 'silent' | 'error' | 'warn' | 'info' | 'debug';

/** Should a member of such a name ever come into a line, its value does not. */
const NEVER_WRITTEN = [
  'authorization',
  'cookie',
  'token',
  'password',
  'headers',
  '*.authorization',
  '*.cookie',
  '*.token',
];

/**
 * The request log of the command line: one JSON line a request, or one for people where the stream is a terminal.
 *
 * @returns undefined where nothing is to be written
 */
export function makeRequestLog(level: LogSetting, stream: LogStream = process.stdout): RequestLog | undefined {
  if (level === 'silent') return undefined;
  const destination = stream.isTTY === true ? { write: (line: string) => stream.write(readableLine(line)) } : stream;
  const redact = { paths: NEVER_WRITTEN, censor: '[redacted]' };
  const formatters = { level: (label: string) => ({ level: label }) };
  return logRequests(
    pino(
      { level, base: null, messageKey: 'message', timestamp: stdTimeFunctions.isoTime, redact, formatters },
      destination,
    ),
  );
}
