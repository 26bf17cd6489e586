import type { LogRecord, Marker, MarkerState } from '@cachewarp/core';

/** A record as it stands in the stream; its place is the stream's id. */
type RecordText = [
  markers: [kind: string, name: string][],
  soft: 0 | 1,
  at: number,
  by: string | null,
  reason: string | null,
  isSet: 0 | 1,
];

const KINDS = { k: 'key', t: 'tag', p: 'prefix', a: 'all' } as const;
const LETTERS = { key: 'k', tag: 't', prefix: 'p', all: 'a' } as const;

/** Begins the hash's field of every marker, so that the others cannot be mistaken for one. */
const FIELD_SEPARATOR = ':';

/** @param shiftMs - from this process's time to that of Redis */
export function writeRecord(record: Omit<LogRecord, 'seq'>, shiftMs: number): string {
  const markers = record.markers.map(({ kind, name }): [string, string] => [LETTERS[kind], name]);
  const text: RecordText = [
    markers,
    record.soft ? 1 : 0,
    record.at + shiftMs,
    record.by ?? null,
    record.reason ?? null,
    record.isSet === true ? 1 : 0,
  ];
  return JSON.stringify(text);
}

/**
 * Reads a row of the stream. What is not of our making is read as the invalidation of everything: it stands in a place of the log, and
 * what it named is not known.
 * @param shiftMs - from this process's time to that of Redis
 */
export function readRow(row: unknown, shiftMs: number): LogRecord {
  const [id, fields] = row as [Buffer, Buffer[] | null];
  const seq = Number.parseInt(id.toString('latin1'), 10);
  try {
    const [markers, soft, at, by, reason, isSet] = JSON.parse(fields![3]!.toString()) as RecordText;
    const read = markers.map(([letter, name]): Marker => ({ kind: kindOf(letter), name }));
    if (read.length === 0) throw new TypeError('it names nothing');
    return {
      seq,
      markers: read,
      soft: soft === 1,
      at: at - shiftMs,
      ...(by !== null && { by }),
      ...(reason !== null && { reason }),
      ...(isSet === 1 && { isSet: true }),
    };
  } catch {
    // Its place is taken all the same.
    return { seq, markers: [{ kind: 'all', name: '' }], soft: false, at: 0 };
  }
}

/** The field of a marker in the log's hash. */
export function markerField({ kind, name }: Marker): string {
  return LETTERS[kind] + FIELD_SEPARATOR + name;
}

/** Reads a field of the log's hash; undefined for one that is no marker. */
export function readMarker(field: Buffer, value: Buffer, shiftMs: number): MarkerState | undefined {
  const name = field.toString();
  if (name[1] !== FIELD_SEPARATOR || !((name[0] ?? '') in KINDS)) return undefined;
  const marker: Marker = { kind: kindOf(name[0]!), name: name.slice(2) };
  const [hard, soft, softAt] = value.toString('latin1').split('|').map(Number);
  if (!(hard! >= 0 && soft! >= 0) || softAt === undefined || Number.isNaN(softAt)) {
    // Something else stands there: a marker that cannot be read means that the target is invalid, whatever the place.
    return { marker, hard: Number.MAX_SAFE_INTEGER, soft: 0, softAt: 0 };
  }
  return { marker, hard: hard!, soft: soft!, softAt: softAt === 0 ? 0 : softAt - shiftMs };
}

function kindOf(letter: string): Marker['kind'] {
  const kind = KINDS[letter as keyof typeof KINDS] as Marker['kind'] | undefined;
  if (kind === undefined) throw new TypeError(`no kind of marker: ${letter}`);
  return kind;
}
