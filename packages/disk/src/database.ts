import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { Allocation, allocateLockFile, DiskFullError } from './allocation.js';
import { bootId } from './boot-id.js';
import { faultOfFile } from './file-check.js';

/** Reader slots: one for each process and thread. */
const MAX_READERS = 512;

/** Codes of LMDB that speak of a damaged file: page not found, corrupted, invalid, unexpected problem. */
const DAMAGE = new Set([-30797, -30796, -30793, -30779]);
/** The environment has to be opened anew. */
const PANIC = -30795;
/** The bound of the map is reached; nothing was written. */
const MAP_FULL = -30792;

/**
 * What is at fault with a database.
 * - `damaged`: what is in the file makes no sense. `panic`: it has to be opened anew.
 * - `full`: nothing was written for want of room.
 * - `failed`: the system refused a write of the library, whose memory may be damaged now: it must not be used any more.
 */
export type FaultKind = 'damaged' | 'panic' | 'full' | 'failed' | 'other';

export function faultKind(error: unknown): FaultKind {
  if (error instanceof DiskFullError) return 'full';
  const code = (error as { code?: unknown }).code;
  if (typeof code !== 'number') return 'other';
  if (code === MAP_FULL) return 'full';
  if (code > 0) return 'failed';
  return DAMAGE.has(code) ? 'damaged' : code === PANIC ? 'panic' : 'other';
}

/** What a transaction may take up. */
export interface Room {
  /** What it may write at most, in bytes. */
  readonly bytes: number;
  /** Whether it frees more than it takes. */
  readonly isRemoval?: boolean;
}

/** One row of a {@link Database}. */
export interface Row {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** Which rows of a table, and how many at most. */
export interface Span {
  readonly start: Buffer;
  readonly end: Buffer;
  readonly limit: number;
  readonly reverse?: boolean;
}

/**
 * An ordered map from bytes to bytes in one file, with transactions across processes: LMDB, opened with care.
 *
 * Nothing is flushed while it runs: what is committed is the kernel's, so that it survives the process however that ends, and costs
 * microseconds. The machine itself going down (loss of power) may tear the file. So the file remembers in which run of the machine it was
 * opened, and whether it was closed since; if it was not, it is begun anew after the next start.
 */
export class Database {
  readonly path: string;
  readonly #db: RootDatabase<Buffer, Buffer>;
  readonly #inode: number;
  readonly #allocation: Allocation;
  #isClosed = false;

  /** @throws what the system or LMDB says where it cannot be opened */
  constructor(path: string, mapBytes: number) {
    this.path = path;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    allocateLockFile(path);
    this.#db = open<Buffer, Buffer>({
      path,
      noSubdir: true,
      mapSize: mapBytes,
      maxReaders: MAX_READERS,
      encoding: 'binary',
      keyEncoding: 'binary',
      noSync: true,
      overlappingSync: false,
    });
    this.#inode = statSync(path).ino;
    this.#allocation = new Allocation(path);
    writeRun(path, { boot: bootId(), isClosed: false });
  }

  /** What is committed from now on is seen, also by reads of the same turn of the event loop. */
  refresh(): void {
    this.#db.resetReadTxn();
  }

  /** The bytes under `key`, the caller's own. */
  get(key: Buffer): Buffer | undefined {
    return this.#db.getBinary(key);
  }

  put(key: Buffer, value: Buffer): void {
    this.#db.putSync(key, value);
  }

  /** Whether something was there. */
  remove(key: Buffer): boolean {
    return this.#db.removeSync(key);
  }

  rows({ start, end, limit, reverse = false }: Span): Row[] {
    const [from, to] = reverse ? [end, start] : [start, end];
    const rows: Row[] = [];
    for (const { key, value } of this.#db.getRange({ start: from, end: to, limit, reverse, snapshot: false })) {
      rows.push({ key, value });
    }
    return rows;
  }

  /**
   * Does `work` as one: all of it is committed when this returns, in this order among all processes, or nothing where it throws.
   * @throws DiskFullError where there is no room for that
   */
  transact<T>({ bytes, isRemoval = false }: Room, work: () => T): T {
    return this.#db.transactionSync(() => {
      this.#allocation.ensure(bytes, isRemoval);
      return work();
    });
  }

  /** Whether the path leads to another file by now, or to none: somebody took ours away. */
  isReplaced(): boolean {
    try {
      return statSync(this.path).ino !== this.#inode;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
      throw error;
    }
  }

  /** Whether another process has it open. */
  #hasOthers(): boolean {
    this.#db.readerCheck();
    const readers = [...this.#db.readerList().matchAll(/^\s*(\d+)\s/gm)].map(([, pid]) => Number(pid));
    return readers.some((pid) => pid !== process.pid);
  }

  async close(isSound = true): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const isLast = isSound && !this.isReplaced() && !this.#hasOthers();
    this.#allocation.close();
    await this.#db.close();
    if (!isLast) return;
    flush(this.path);
    writeRun(this.path, { boot: bootId(), isClosed: true });
  }
}

/** Why a file must not be opened as a database; undefined where it may. */
export function faultOfDatabase(path: string): string | undefined {
  const run = readRun(path);
  if (run !== undefined && run.boot !== bootId() && !run.isClosed) return 'the machine went down while it was open';
  return faultOfFile(path);
}

/** Moves a database out of the way, over an earlier one. Returns where it is. */
export function moveAside(path: string): string {
  const aside = `${path}.damaged`;
  renameSync(path, aside);
  rmSync(`${path}-lock`, { force: true });
  rmSync(runPath(path), { force: true });
  return aside;
}

/** What is remembered beside a database. */
interface Run {
  /** The run of the machine in which it was opened last. */
  readonly boot: string;
  /** Whether everything was flushed and nobody has it open. */
  readonly isClosed: boolean;
}

function runPath(path: string): string {
  return `${path}-run`;
}

function readRun(path: string): Run | undefined {
  try {
    const [boot = '', word] = readFileSync(runPath(path), 'utf8').split('\n');
    return { boot, isClosed: word === 'closed' };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function writeRun(path: string, { boot, isClosed }: Run): void {
  const name = `${runPath(path)}.${process.pid}`;
  writeFileSync(name, `${boot}\n${isClosed ? 'closed' : 'open'}\n`);
  flush(name);
  renameSync(name, runPath(path));
}

function flush(path: string): void {
  const fd = openSync(path, 'r+');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
