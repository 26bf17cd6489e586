import { bytes, count, duration, timeOfDay } from '../format.js';
import type { Mood } from '../line.js';
import type { TopState } from '../state.js';
import type { Cell, Row, Table } from '../table.js';
import { column } from './cells.js';

/** What is decided, and whatever else happens. */
export function tailTable({ tail, skipped }: TopState): Table {
  const columns = [
    column('name', 'WHAT', 30, 0, 'left'),
    column('word', 'ANSWER', 11, 0, 'left'),
    column('reason', 'REASON', 12, 3, 'left'),
    column('status', 'STATUS', 6, 2),
    column('took', 'TOOK', 8, 4),
    column('bytes', 'BYTES', 8, 6),
    column('route', 'ROUTE', 12, 5, 'left'),
    column('time', 'TIME', 8, 1),
  ];
  const rows = tail.map(
    ({ id, at, kind, text, word, key, url, method, route, status, durationMs, reason, ...more }): Row => {
      const time = { text: timeOfDay(at), mood: 'dim' } as const;
      if (kind !== 'decision') {
        const mood = ALARMING.has(kind) ? 'bad' : 'strong';
        return {
          id,
          cells: { name: { text: text ?? `${kind} ${key ?? ''}`, mood }, time },
          isAcross: true,
          ...(key !== undefined && { subject: { key } }),
        };
      }
      const subject = { ...(url !== undefined && { url }), ...(key !== undefined && { key }) };
      const verb = method === undefined || method === 'GET' ? '' : `${method} `;
      const path = url === undefined ? (key ?? '') : verb + pathOf(url);
      return {
        id,
        subject,
        cells: {
          name: { text: path },
          word: { text: word ?? '', mood: WORDS[word ?? ''] ?? 'dim' },
          reason: { text: reason ?? '' },
          status: numberText(status),
          took: { text: durationMs === undefined ? '' : duration(durationMs) },
          bytes: { text: more.bytes === undefined ? '' : bytes(more.bytes) },
          route: { text: route ?? '' },
          time,
        },
      };
    },
  );
  const of = skipped > 0 ? `a sample: ${count(skipped)} more in the last second` : 'every decision, newest first';
  return { columns, rows, isOrdered: true, of, whenEmpty: 'Nothing yet.' };
}

const ALARMING: ReadonlySet<string> = new Set(['loadError', 'storeError', 'breaker']);
const WORDS: Readonly<Record<string, Mood>> = {
  hit: 'good',
  revalidated: 'good',
  stale: 'warn',
  miss: 'strong',
  error: 'bad',
};

function numberText(status: number | undefined): Cell {
  if (status === undefined) return { text: '' };
  return status >= 500 ? { text: String(status), mood: 'bad' } : { text: String(status) };
}

function pathOf(url: string): string {
  return /^https?:\/\/[^/]*(\/.*)$/i.exec(url)?.[1] ?? url;
}
