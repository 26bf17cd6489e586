import { LineSplitter, MAX_LINE_LENGTH } from './line-splitter.js';
import { parseLogLine } from './log-line.js';
import type { LogRequest } from './log-request.js';
import type { MalformedLines } from './malformed-lines.js';
import type { LogSource } from './open-log.js';

/** The requests of one log, in batches, in its order. Lines that are none are counted; empty lines and comments are passed over. */
export async function* readLog(
  source: LogSource,
  malformed: MalformedLines,
  onRead: (bytes: number) => void,
): AsyncGenerator<LogRequest[], void> {
  const splitter = new LineSplitter();
  let line = 0;
  const parse = (lines: readonly string[]): LogRequest[] => {
    const requests: LogRequest[] = [];
    for (const text of lines) {
      line++;
      if (isBlank(text)) continue;
      const request = text.length > MAX_LINE_LENGTH ? `longer than ${MAX_LINE_LENGTH} characters` : parseLogLine(text);
      if (typeof request === 'string') malformed.add(source.name, line, request, text);
      else requests.push(request);
    }
    return requests;
  };
  for await (const chunk of source.chunks(onRead)) yield parse(splitter.split(chunk));
  yield parse(splitter.end());
}

function isBlank(text: string): boolean {
  return text === '' || text === '\r' || text.startsWith('#');
}
