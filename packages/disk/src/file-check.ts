import { closeSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs';

/*
 * The library maps the file into memory and trusts it: what is no database, or was cut, ends the process with SIGSEGV or SIGBUS instead of
 * an error. So the file is looked at before it is opened. Both meta pages of an LMDB file (data version 2):
 *
 *   offset 18  flags of the page, 0x08 for a meta page      24  magic, 0xBEEFC0DE     28  version of the format
 *          48  size of a page    88, 136  root pages of the free list and of the tree, -1 for none
 *         144  last page         152  number of the transaction
 *          56, 64, 72  branch, leaf and overflow pages of the free list         104, 112, 120  of the tree
 */
const META_PAGE = 0x08;
const MAGIC = 0xbeefc0de;
const VERSION_MASK = 0xffff;
const VERSION = 2;
const NO_PAGE = 0xffff_ffff_ffff_ffffn;
const META_LENGTH = 168;
const META_PAGES = 2n;
const PAGE_COUNTS = [56, 64, 72, 104, 112, 120];

/**
 * What speaks against opening a file as a database; undefined where nothing is seen. An empty or absent file is a database that begins.
 * A file that ends before its last page is lengthened, so that reading there is an error and not the end of the process.
 */
export function faultOfFile(path: string): string | undefined {
  let fd: number;
  try {
    fd = openSync(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { size } = fstatSync(fd);
    return size === 0 ? undefined : faultOf(fd, size);
  } finally {
    closeSync(fd);
  }
}

function faultOf(fd: number, size: number): string | undefined {
  const first = readMeta(fd, 0);
  if (typeof first === 'string') return first;
  const second = readMeta(fd, first.pageSize);
  if (typeof second === 'string') return second;
  const newest = first.transaction > second.transaction ? first : second;
  const pages = BigInt(Math.floor(size / first.pageSize));
  for (const root of newest.roots) {
    if (root !== NO_PAGE && root >= pages) return `it ends before page ${root}`;
  }
  const length = Number(newest.lastPage + 1n) * first.pageSize;
  if (!Number.isSafeInteger(length)) return `its last page would be ${newest.lastPage}`;
  if (size < length) ftruncateSync(fd, length);
  return undefined;
}

/** What the newest transaction has left. The file is a database: it was looked at before. */
export function readNewestMeta(fd: number): Meta {
  const first = readMeta(fd, 0);
  const second = typeof first === 'string' ? first : readMeta(fd, first.pageSize);
  if (typeof first === 'string' || typeof second === 'string')
    throw new Error('the file of the database was overwritten');
  return first.transaction > second.transaction ? first : second;
}

interface Meta {
  readonly pageSize: number;
  readonly roots: readonly bigint[];
  readonly lastPage: bigint;
  /** Pages that are no part of a tree: left by transactions, to be used again. */
  readonly freePages: bigint;
  readonly transaction: bigint;
}

function readMeta(fd: number, offset: number): Meta | string {
  const bytes = Buffer.alloc(META_LENGTH);
  if (readSync(fd, bytes, 0, META_LENGTH, offset) < META_LENGTH) return 'it is too short';
  const hasHead = (bytes.readUInt16LE(18) & META_PAGE) !== 0 && bytes.readUInt32LE(24) === MAGIC;
  if (!hasHead || (bytes.readUInt32LE(28) & VERSION_MASK) !== VERSION) return 'it is no database of this format';
  const pageSize = bytes.readUInt32LE(48);
  if (pageSize < 512 || pageSize > 65_536 || (pageSize & (pageSize - 1)) !== 0)
    return `its pages would be of ${pageSize}`;
  const roots = [bytes.readBigUInt64LE(88), bytes.readBigUInt64LE(136)];
  const lastPage = bytes.readBigUInt64LE(144);
  let freePages = lastPage + 1n - META_PAGES;
  for (const at of PAGE_COUNTS) freePages -= bytes.readBigUInt64LE(at);
  return { pageSize, roots, lastPage, freePages, transaction: bytes.readBigUInt64LE(152) };
}
