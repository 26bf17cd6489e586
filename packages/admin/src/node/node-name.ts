import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Cache } from '@cachewarp/core';

const NAMES = new WeakMap<Cache, string>();

/**
 * The name of this process as one that serves a cache: host, process id, and something that no other has. Several admin APIs over one cache
 * are one node.
 */
export function nodeNameOf(cache: Cache): string {
  let name = NAMES.get(cache);
  if (name === undefined) {
    const host = hostname()
      .replaceAll(/[^\w.-]/g, '-')
      .slice(0, 64);
    name = `${host}:${process.pid}:${randomBytes(4).toString('hex')}`;
    NAMES.set(cache, name);
  }
  return name;
}
