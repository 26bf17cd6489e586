import { createHash } from 'node:crypto';
import { join } from 'node:path';
import {
  assertKnownOptions,
  assertNumber,
  assertObject,
  assertText,
  parseBytes,
  parseDuration,
  systemClock,
  type Duration,
  type SharedTier,
  type TierSource,
  type TierUser,
} from '@cachewarp/core';
import { defaultDirectory } from './default-directory.js';
import { DiskLog } from './disk-log.js';
import { DiskTierStore } from './disk-tier-store.js';
import { EntryTable } from './entry-table.js';
import { Housekeeping } from './housekeeping.js';
import { LeaseTable } from './lease-table.js';
import { LogTable } from './log-table.js';
import { ReadMarks } from './read-marks.js';
import { Space } from './space.js';

/** Options of {@link diskStore}. Every one has a default. */
export interface DiskStoreOptions {
  /**
   * The directory. It is made where it is missing, for its owner only. It must be on a disk of this machine: not on a network file system.
   * @defaultValue `$XDG_CACHE_HOME/cachewarp`, or `~/.cache/cachewarp`
   */
  path?: string;
  /**
   * What the entries of one cache may take up, in bytes or as text such as '512mb'. Processes that share a directory should agree on it.
   * @defaultValue '1gb'
   */
  maxBytes?: number | string;
  /**
   * How many invalidated targets are remembered, from 1,000. When the oldest is forgotten, entries older than it are invalid.
   * @defaultValue 100000
   */
  maxMarkers?: number;
  /**
   * How often a process looks for invalidations of others while it reads nothing, at least 1 ms. Entries in its memory may be served so
   * much longer.
   * @defaultValue '25ms'
   */
  pollInterval?: Duration;
}

const OPTIONS = [
  'path',
  'maxBytes',
  'maxMarkers',
  'pollInterval',
] as const satisfies readonly (keyof DiskStoreOptions)[];

/** Another version of the layout lies in another file, so that processes of both may run side by side. */
const FORMAT = 'v1';

/** Room in the map beyond the entries: leases, log, markers, and pages that are free but not yet used again. */
const MAP_SLACK_BYTES = 256 * 1024 ** 2;

/**
 * A persistent second tier for one machine, shared by its processes: give it to `createCache({ store })`.
 *
 * Entries survive the process, however it ends, and what one process invalidates no other serves again from here. Opening never throws:
 * while the directory cannot be used, the cache goes on without it.
 *
 * @throws InvalidOptionError naming the faulty option
 */
export function diskStore(options: DiskStoreOptions = {}): TierSource {
  const given: unknown = options;
  assertObject('options', given);
  assertKnownOptions('', given, OPTIONS);
  const { path = defaultDirectory(), maxMarkers = 100_000 } = options;
  assertText('path', path, 4_096);
  assertNumber('maxMarkers', maxMarkers, 1_000, 10_000_000);
  const maxBytes = parseBytes('maxBytes', options.maxBytes ?? '1gb');
  const pollMs = parseDuration('pollInterval', options.pollInterval ?? '25ms');
  assertNumber('pollInterval', pollMs, 1, 60_000);
  return { name: 'disk', open: (user) => openTier(user, { path, maxBytes, maxMarkers, pollMs }) };
}

/** The file in which a disk store at `path` keeps the cache of this name. */
export function databaseFile(path: string, cache: string): string {
  const readable = cache.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 40);
  const digest = createHash('sha256').update(cache, 'utf16le').digest('hex').slice(0, 8);
  return join(path, `${readable}-${digest}.${FORMAT}.lmdb`);
}

interface Settings {
  readonly path: string;
  readonly maxBytes: number;
  readonly maxMarkers: number;
  readonly pollMs: number;
}

function openTier(user: TierUser, { path, maxBytes, maxMarkers, pollMs }: Settings): SharedTier {
  const name = 'disk';
  const { clock, events } = user;
  // A clock of a test is everybody's; that of a process counts from its own start.
  const leaseNow = clock === systemClock ? machineNow : () => clock.now();
  const entries = new EntryTable(maxBytes, machineNow);
  const leases = new LeaseTable(leaseNow);
  const mapBytes = 2 * maxBytes + MAP_SLACK_BYTES;
  const file = databaseFile(path, user.name);
  const space = new Space({ name, path: file, mapBytes, entries, events, monotonicNow: machineNow });
  const marks = new ReadMarks(space, entries);
  const table = new LogTable(maxMarkers);
  const log = new DiskLog({ name, space, table, entries, leases, events, monotonicNow: machineNow });
  // Joined at once where it can be: who asks the log for its epoch before he listens gets the right one.
  log.poll();
  const housekeeping = new Housekeeping({ space, log, entries, leases, marks, clock }, pollMs);
  const onClose = (): void => housekeeping.stop();
  const store = new DiskTierStore({ name, space, log, entries, leases, marks, clock, onClose });
  return { store, log };
}

/** Counts ms from the start of the machine, the same in all processes, whatever becomes of the wall clock. */
function machineNow(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}
