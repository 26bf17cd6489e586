import type { LogRecord, Marker, MarkerState } from '@cachewarp/core';
import type { Database } from './database.js';
import { markerKey, numberedKey, numberOf, TABLE, tableSpan } from './layout.js';
import type { Transaction } from './transaction.js';

/** Records that are kept: a process that was away for longer learns the markers instead. */
const MAX_RECORDS = 10_000;
/** Markers that one transaction forgets. */
const MAX_FORGOTTEN = 64;
/** Records read at a time. */
const PAGE = 1_000;

/** The invalidation log of one cache and the markers that it comes to. */
export class LogTable {
  readonly #maxMarkers: number;

  constructor(maxMarkers: number) {
    this.#maxMarkers = maxMarkers;
  }

  /** Places a record behind the newest and marks its targets. */
  append({ db, totals }: Transaction, record: Omit<LogRecord, 'seq'>): number {
    const seq = ++totals.position;
    db.put(numberedKey(TABLE.record, seq), Buffer.from(JSON.stringify(record)));
    if (seq > MAX_RECORDS) db.remove(numberedKey(TABLE.record, seq - MAX_RECORDS));
    for (const marker of record.markers) this.#mark({ db, totals }, marker, seq, record);
    this.#forgetOldest({ db, totals });
    return seq;
  }

  /** The records behind a place, in order, up to a thousand. */
  after(db: Database, position: number): LogRecord[] {
    const [, end] = tableSpan(TABLE.record);
    return db.rows({ start: numberedKey(TABLE.record, position + 1), end, limit: PAGE }).map(recordOf);
  }

  /** The newest records that are none of a value that was set, newest first. */
  recent(db: Database, limit: number): LogRecord[] {
    const [start, end] = tableSpan(TABLE.record);
    const records = db.rows({ start, end, limit: MAX_RECORDS, reverse: true }).map(recordOf);
    return records.filter(({ isSet }) => isSet !== true).slice(0, limit);
  }

  /** All markers, oldest first. */
  markers(db: Database): MarkerState[] {
    const states: MarkerState[] = [];
    const [first, end] = tableSpan(TABLE.markerOrder);
    let start = first;
    for (;;) {
      const rows = db.rows({ start, end, limit: PAGE });
      for (const { key } of rows) {
        const row = db.get(key.subarray(9));
        if (row !== undefined) states.push(readMarker(row));
      }
      if (rows.length < PAGE) return states;
      start = Buffer.concat([rows.at(-1)!.key, Buffer.from([0])]);
    }
  }

  #mark({ db, totals }: Transaction, marker: Marker, seq: number, { soft, at }: Omit<LogRecord, 'seq'>): void {
    const key = markerKey(marker);
    const row = db.get(key);
    const before = row ? readMarker(row) : { marker, hard: 0, soft: 0, softAt: 0 };
    if (row === undefined) totals.markers++;
    else db.remove(numberedKey(TABLE.markerOrder, newestOf(before), key));
    db.put(
      key,
      writeMarker(soft ? { ...before, soft: seq, softAt: Math.max(before.softAt, at) } : { ...before, hard: seq }),
    );
    db.put(numberedKey(TABLE.markerOrder, seq, key), Buffer.from([1]));
  }

  /** A lost marker means "invalid": the floor rises to it. */
  #forgetOldest({ db, totals }: Transaction): void {
    const surplus = totals.markers - this.#maxMarkers;
    if (surplus <= 0) return;
    const [start, end] = tableSpan(TABLE.markerOrder);
    for (const { key } of db.rows({ start, end, limit: Math.min(surplus, MAX_FORGOTTEN) })) {
      db.remove(key);
      db.remove(key.subarray(9));
      totals.markers--;
      totals.floor = Math.max(totals.floor, numberOf(key));
    }
  }
}

function recordOf({ key, value }: { readonly key: Buffer; readonly value: Buffer }): LogRecord {
  return { ...(JSON.parse(value.toString()) as Omit<LogRecord, 'seq'>), seq: numberOf(key) };
}

function newestOf({ hard, soft }: MarkerState): number {
  return Math.max(hard, soft);
}

function writeMarker({ marker, hard, soft, softAt }: MarkerState): Buffer {
  const text = Buffer.from(JSON.stringify([marker.kind, marker.name]));
  const row = Buffer.allocUnsafe(24 + text.length);
  for (const [index, place] of [hard, soft, softAt].entries()) row.writeDoubleBE(place, index * 8);
  row.set(text, 24);
  return row;
}

function readMarker(row: Buffer): MarkerState {
  const [kind, name] = JSON.parse(row.toString('utf8', 24)) as [Marker['kind'], string];
  return { marker: { kind, name }, hard: row.readDoubleBE(0), soft: row.readDoubleBE(8), softAt: row.readDoubleBE(16) };
}
