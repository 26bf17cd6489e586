import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

const STYLES: Readonly<Record<string, Style>> = {
  hit: 'green',
  stale: 'cyan',
  revalidated: 'cyan',
  miss: 'yellow',
  bypass: 'gray',
  error: 'red',
};

/** A line of the request log, which is JSON, as a person reads it: `12:00:01.123 MISS cold 200 GET /users/1 12.3 ms`. */
export function readableLine(json: string): string {
  const line = JSON.parse(json) as Readonly<Record<string, string | number | undefined>>;
  const { time, decision, reason, status, method, target, durationMs, fault, requestId } = line;
  const word = String(decision);
  const parts = [
    styleText('gray', String(time).slice(11, 23)),
    styleText(STYLES[word] ?? 'white', word.toUpperCase().padEnd(11)),
    reason === undefined ? undefined : String(reason),
    Number(status) >= 500 ? styleText('red', String(status)) : String(status),
    String(method),
    String(target),
    styleText('gray', `${String(durationMs)} ms`),
    fault === undefined ? undefined : styleText('red', String(fault)),
    styleText('gray', String(requestId)),
  ];
  return `${parts.filter((part) => part !== undefined).join(' ')}\n`;
}
