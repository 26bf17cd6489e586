import {
  EVICTION_POLICIES,
  makeEvictionPolicy,
  type Evictable,
  type EvictionPolicy,
  type EvictionPolicyName,
} from '@cachewarp/core';
import { SUBJECTS } from './subjects.js';
import { makeKeys, makeRequests } from './workload.js';

/*
 * Measures one subject, in a process of its own: where several policies run in one, the calls that lead to them are slower than
 * in an application, which has one.
 */

const CAPACITY = 10_000;
const UNIVERSE = 50_000;
const REQUESTS = 400_000;
const MEASURED_ENTRIES = 100_000;

const name = process.argv[2]!;
const keys = makeKeys(UNIVERSE);
const requests = makeRequests(UNIVERSE, REQUESTS);
const value = { id: 1 };

const mixed = SUBJECTS[name]!(CAPACITY);
const held = SUBJECTS[name]!(CAPACITY);
for (let index = 0; index < CAPACITY; index++) held.set(keys[index]!, value);

const measures = {
  hit: () => cpuNsPerCall((index) => held.get(keys[requests[index]! % CAPACITY]!)),
  getOrSet: () =>
    cpuNsPerCall((index) => {
      const key = keys[requests[index]!]!;
      const found = mixed.get(key);
      if (found !== undefined) return found;
      mixed.set(key, value);
      return value;
    }),
  memory: () =>
    EVICTION_POLICIES.includes(name as EvictionPolicyName) ? policyBytes(name as EvictionPolicyName) : NaN,
};

/** CPU time of the process a call: on a shared machine it is steadier than the time that went by. */
function cpuNsPerCall(operation: (index: number) => unknown): number {
  let seen = 0;
  const before = process.cpuUsage();
  for (let index = 0; index < REQUESTS; index++) if (operation(index) !== undefined) seen++;
  const { user, system } = process.cpuUsage(before);
  if (seen !== REQUESTS) throw new Error(`${REQUESTS - seen} of ${REQUESTS} calls answered nothing`);
  return ((user + system) * 1000) / REQUESTS;
}

/** What is asked of the process. */
export type Question = keyof typeof measures;

process.on('message', (question: Question) => process.send!(measures[question]()));

/** Bytes that a full policy takes for each record, beside the record: measured after as many have left as there are. */
function policyBytes(policyName: EvictionPolicyName): number {
  const all = makeKeys(2 * MEASURED_ENTRIES);
  const records = all.map((key): Evictable => ({ key, size: 1, expiresAt: Infinity, slot: 0 }));
  const before = usedBytes();
  const policy: EvictionPolicy = makeEvictionPolicy('policy', policyName, {
    maxEntries: MEASURED_ENTRIES,
    maxBytes: Number.MAX_SAFE_INTEGER,
  });
  for (const [index, record] of records.entries()) {
    if (index >= MEASURED_ENTRIES) policy.evict(0);
    policy.add(record);
  }
  const bytes = (usedBytes() - before) / MEASURED_ENTRIES;
  // All of it is still in use here, so that nothing that was there before has been collected.
  policy.touch(records.at(-1)!);
  return all.length === records.length ? bytes : NaN;
}

function usedBytes(): number {
  for (let times = 0; times < 3; times++) globalThis.gc!();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
