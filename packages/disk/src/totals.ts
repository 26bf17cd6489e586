/** What is counted of one cache, across all processes. Kept in one row, read and written by each transaction. */
export interface Totals {
  /** Place of the newest record of the log. */
  position: number;
  /** Entries placed before this are invalid: markers up to here were forgotten. */
  floor: number;
  /** Markers kept. */
  markers: number;
  /** Entries kept. */
  entries: number;
  /** What they take up, in bytes, as estimated. */
  bytes: number;
  /** The next ticket of the queue. */
  ticket: number;
  /** Entries that were dropped to make room. */
  evictions: number;
}

const FIELDS = [
  'position',
  'floor',
  'markers',
  'entries',
  'bytes',
  'ticket',
  'evictions',
] as const satisfies readonly (keyof Totals)[];

const NO_TOTALS: Totals = { position: 0, floor: 0, markers: 0, entries: 0, bytes: 0, ticket: 0, evictions: 0 };

export function encodeTotals(totals: Totals): Buffer {
  const bytes = Buffer.allocUnsafe(FIELDS.length * 8);
  for (const [index, field] of FIELDS.entries()) bytes.writeDoubleBE(totals[field], index * 8);
  return bytes;
}

export function decodeTotals(bytes: Buffer | undefined): Totals {
  if (bytes?.length !== FIELDS.length * 8) return { ...NO_TOTALS };
  const values = FIELDS.map((field, index) => [field, bytes.readDoubleBE(index * 8)]);
  return Object.fromEntries(values) as unknown as Totals;
}
