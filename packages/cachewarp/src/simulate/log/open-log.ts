import { createReadStream, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CommandError, EXIT } from '../../exit-codes.js';

/** A log that can be read once. */
export interface LogSource {
  /** As the user named it; `standard input` for `-`. */
  readonly name: string;
  /** Bytes as they are stored; undefined where that is not known before. */
  readonly totalBytes: number | undefined;
  /** The bytes, unpacked where they are packed. `onRead` is told how many stored bytes were read. */
  chunks(onRead: (bytes: number) => void): AsyncIterable<Buffer>;
}

const CHUNK_BYTES = 1 << 18;

/**
 * A log by the name that the user gave; `-` is standard input.
 * @throws CommandError when there is no such file
 */
export function openLog(name: string, directory: string, input: Readable | undefined): LogSource {
  if (name === '-') {
    if (input === undefined) throw new CommandError(EXIT.usage, 'there is no standard input to read');
    return {
      name: 'standard input',
      totalBytes: undefined,
      chunks: (onRead) => unpacked(input, 'standard input', onRead),
    };
  }
  const path = resolve(directory, name);
  const totalBytes = sizeOf(name, path);
  return {
    name,
    totalBytes,
    chunks: (onRead) => unpacked(createReadStream(path, { highWaterMark: CHUNK_BYTES }), name, onRead),
  };
}

function sizeOf(name: string, path: string): number | undefined {
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) throw new Error('it is a directory');
    // Pipes have no size.
    return stats.isFile() ? stats.size : undefined;
  } catch (error) {
    throw cannotRead(name, error);
  }
}

async function* unpacked(stored: Readable, name: string, onRead: (bytes: number) => void): AsyncIterable<Buffer> {
  try {
    const chunks = counted(stored, onRead)[Symbol.asyncIterator]();
    let first = await chunks.next();
    // The two bytes that tell may come one by one.
    while (first.done !== true && first.value.length < 2) {
      const more = await chunks.next();
      if (more.done === true) break;
      first = { done: false, value: Buffer.concat([first.value, more.value]) };
    }
    if (first.done === true) return;
    const all = prepend(first.value, chunks);
    yield* first.value[0] === 0x1f && first.value[1] === 0x8b ? gunzipped(all) : all;
  } catch (error) {
    throw error instanceof CommandError ? error : cannotRead(name, error);
  }
}

async function* counted(stored: Readable, onRead: (bytes: number) => void): AsyncGenerator<Buffer, void> {
  for await (const chunk of stored as AsyncIterable<Buffer | string>) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    onRead(bytes.length);
    yield bytes;
  }
}

async function* prepend(first: Buffer, rest: AsyncIterator<Buffer, void>): AsyncGenerator<Buffer> {
  yield first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

async function* gunzipped(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const source = Readable.from(packed, { objectMode: false });
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  source.on('error', (error) => gunzip.destroy(error));
  yield* source.pipe(gunzip) as AsyncIterable<Buffer>;
}

function cannotRead(name: string, error: unknown): CommandError {
  const { code, message } = error as NodeJS.ErrnoException;
  const reason = REASONS[code ?? ''] ?? message;
  return new CommandError(EXIT.usage, `cannot read ${name}: ${reason}`, { cause: error });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'access is denied',
  Z_DATA_ERROR: 'its gzip data is damaged',
  Z_BUF_ERROR: 'its gzip data ends too early',
};
