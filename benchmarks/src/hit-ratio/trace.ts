import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** The requests of a recorded workload, in their order. */
export interface Trace {
  readonly name: string;
  /** Requests for answers and objects of web applications, or for pages and blocks of databases and disks. */
  readonly kind: 'web' | 'storage';
  /** What each request asks for, as a number from 0 in the order of first appearance. */
  readonly keys: Int32Array;
  readonly unique: number;
  /** Bytes of what each request asks for; undefined where the trace has none. */
  readonly sizes: Int32Array | undefined;
}

const FILE_PATTERN = /^(?<name>[^.]+)\.txt(?<packed>\.gz)?$/;

/** Of the traces that are commonly used, those whose requests come from users of a web site. */
const WEB = /^(web\d+|elastic-apache|adaptsize|wiki.*|twitter.*|cdn.*)$/;

/**
 * Reads every trace of a folder: files `NAME.txt` or `NAME.txt.gz` of lines `key` or `time key bytes`; lines that begin with #
 * are comments.
 */
export function readTraces(folder: string): Trace[] {
  const traces: Trace[] = [];
  for (const file of readdirSync(folder).toSorted()) {
    const { name, packed } = FILE_PATTERN.exec(file)?.groups ?? {};
    if (name === undefined) continue;
    const bytes = readFileSync(join(folder, file));
    traces.push(parseTrace(name, (packed === undefined ? bytes : gunzipSync(bytes)).toString('latin1')));
  }
  return traces;
}

export function parseTrace(name: string, text: string): Trace {
  const numbers = new Map<string, number>();
  const keys: number[] = [];
  const sizes: number[] = [];
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const fields = line.split(' ');
    const key = fields.length === 1 ? fields[0]! : fields[1]!;
    if (fields.length > 2) sizes.push(Number(fields[2]));
    let number = numbers.get(key);
    if (number === undefined) numbers.set(key, (number = numbers.size));
    keys.push(number);
  }
  return {
    name,
    kind: WEB.test(name) ? 'web' : 'storage',
    keys: Int32Array.from(keys),
    unique: numbers.size,
    sizes: sizes.length === keys.length ? Int32Array.from(sizes) : undefined,
  };
}
