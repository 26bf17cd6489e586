import { bytes, count, duration } from '../format.js';
import type { Mood } from '../line.js';
import type { TopState } from '../state.js';
import type { Row, Table } from '../table.js';
import { cell, column, numberCell, ratioCell } from './cells.js';

/** The keys that lead, and those in memory. */
export function keysTable({ ranking, memory }: TopState): Table {
  const columns = [
    column('name', 'KEY', 24, 0, 'left'),
    column('requests', 'REQUESTS', 9, 0),
    column('misses', 'MISSES', 8, 3),
    column('hit', 'HIT', 7, 1),
    column('bytes', 'SERVED', 9, 4),
    column('saved', 'SAVED', 9, 5),
    column('state', 'STATE', 7, 2, 'left'),
    column('ttl', 'TTL LEFT', 9, 3),
    column('size', 'SIZE', 8, 6),
    column('tags', 'TAGS', 16, 7, 'left'),
  ];
  const inMemory = new Map(memory.keys.map((summary) => [summary.key, summary]));
  const known = new Map(ranking.map((traffic) => [traffic.key, traffic]));
  const keys = [...new Set([...known.keys(), ...inMemory.keys()])];
  const shared = sharedStart(keys);
  const rows = keys.map((key): Row => {
    const traffic = known.get(key);
    const kept = inMemory.get(key);
    const hit = traffic && traffic.requests > 0 ? (traffic.requests - traffic.misses) / traffic.requests : undefined;
    return {
      id: key,
      subject: { key },
      cells: {
        name: { text: key.slice(shared.length) },
        requests: numberCell(traffic?.requests),
        misses: numberCell(traffic?.misses),
        hit: ratioCell(hit),
        bytes: cell(bytes(traffic?.bytes), traffic?.bytes),
        saved: cell(duration(traffic?.savedMs), traffic?.savedMs),
        state: { text: kept?.freshness ?? '–', mood: FRESHNESS[kept?.freshness ?? ''] ?? 'dim' },
        ttl:
          kept?.ttlLeftMs === null
            ? { text: 'for ever', value: Infinity }
            : cell(duration(kept?.ttlLeftMs), kept?.ttlLeftMs),
        size: cell(bytes(kept?.size), kept?.size),
        tags: { text: kept?.tags.join(' ') ?? '' },
      },
    };
  });
  const listed = memory.keys.length;
  const some = memory.total > listed ? `, ${count(listed)} of them listed` : '';
  return {
    columns,
    rows,
    of: `${memory.total.toLocaleString('en')} in memory${some}; since start${shared === '' ? '' : `; of ${shared}`}`,
    whenEmpty: 'No keys yet.',
  };
}

/** Method and host, where all keys have the same: the rest is what tells them apart. */
function sharedStart(keys: readonly string[]): string {
  const start = /^[A-Z]+:https?:\/\/[^/]+(?=\/)/.exec(keys[0] ?? '')?.[0] ?? '';
  return keys.every((key) => key.startsWith(`${start}/`)) ? start : '';
}

const FRESHNESS: Readonly<Record<string, Mood>> = { fresh: 'good', stale: 'warn', expired: 'bad' };
