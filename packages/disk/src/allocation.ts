import { closeSync, existsSync, fstatSync, linkSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { readNewestMeta } from './file-check.js';

/** The file grows by an eighth of itself, within these bounds, in bytes. */
const SMALLEST_STEP = 1024 ** 2;
const LARGEST_STEP = 4 * 1024 ** 2;

/** What stays behind the last page where the file cannot grow, in bytes, so that entries can be removed. */
const KEPT_BYTES = 256 * 1024;

/** After the disk refused it, the file is made to grow no sooner than this, in ms. */
const RETRY_MS = 1_000;

/** As much as the lock file of LMDB takes for our number of readers, in bytes. */
const LOCK_BYTES = 128 * 1024;

/** The disk takes no more: said before anything was written. */
export class DiskFullError extends Error {
  readonly code = 'ENOSPC';
}

/**
 * Room in the file of a database, taken before it is needed. The library does not survive a write of its own that fails (its memory is
 * damaged then), and a page of a mapped file that has no room on the disk ends the process. So room is taken here, by writing zeroes, where
 * a full disk is an ordinary error; and what is written later has its place already.
 */
export class Allocation {
  readonly #path: string;
  readonly #fd: number;
  #size: number;
  #growAt = 0;
  #reason = '';

  constructor(path: string) {
    this.#path = path;
    this.#fd = openSync(path, 'r+');
    this.#size = fstatSync(this.#fd).size;
  }

  /**
   * Makes sure that a transaction has its room: behind the last page, or, where the file cannot grow, among the pages that were left. To
   * be called inside a transaction, before it changes anything.
   * @param bytes - what it may write
   * @param isRemoval - whether it frees more than it takes: then what is kept for that will do
   * @throws DiskFullError
   */
  ensure(bytes: number, isRemoval: boolean): void {
    const { lastPage, pageSize, freePages } = readNewestMeta(this.#fd);
    const end = (Number(lastPage) + 1) * pageSize;
    if (end + bytes <= this.#size) return;
    // Another process may have been here.
    this.#size = fstatSync(this.#fd).size;
    if (end + bytes <= this.#size || this.#grow(end + bytes)) return;
    const kept = this.#size - end;
    const needed = isRemoval ? KEPT_BYTES : KEPT_BYTES + bytes / 2;
    if (kept >= needed && (isRemoval || Number(freePages) * pageSize >= bytes)) return;
    throw new DiskFullError(`${this.#path} cannot grow: ${this.#reason}`);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #grow(wanted: number): boolean {
    if (performance.now() < this.#growAt) return false;
    const step = Math.min(LARGEST_STEP, Math.max(SMALLEST_STEP, Math.floor(this.#size / 8)));
    const zeroes = Buffer.alloc(64 * 1024);
    const until = Math.ceil(Math.max(wanted, this.#size + step));
    try {
      while (this.#size < until) {
        this.#size += writeSync(this.#fd, zeroes, 0, Math.min(zeroes.length, until - this.#size), this.#size);
      }
    } catch (error) {
      this.#growAt = performance.now() + RETRY_MS;
      this.#reason = error instanceof Error ? error.message : String(error);
    }
    return this.#size >= wanted;
  }
}

/** Makes the lock file of a database where there is none, so that all of it has its place on the disk before it is mapped. */
export function allocateLockFile(path: string): void {
  const lock = `${path}-lock`;
  if (existsSync(lock)) return;
  const name = `${lock}.${process.pid}`;
  try {
    writeFileSync(name, Buffer.alloc(LOCK_BYTES), { mode: 0o600 });
    linkSync(name, lock);
  } catch (error) {
    // Another process was quicker.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(name, { force: true });
  }
}
