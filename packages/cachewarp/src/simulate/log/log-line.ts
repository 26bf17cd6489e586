import { parseClfLine } from './clf-line.js';
import { parseJsonLine } from './json-line.js';
import type { LineFault, LogRequest } from './log-request.js';

/** Reads a line of an access log in any format we know: a request, or in words why it is none. Never throws, whatever the line. */
export function parseLogLine(line: string): LogRequest | LineFault {
  return line.charCodeAt(0) === BRACE ? parseJsonLine(line) : parseClfLine(line);
}

const BRACE = 0x7b;
