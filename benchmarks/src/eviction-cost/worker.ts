import {
  EVICTION_POLICIES,
  makeEvictionPolicy,
  type Evictable,
  type EvictionPolicy,
  type EvictionPolicyName,
} from '@cachewarp/core';
import { SUBJECTS } from './subjects.js';
import { copyOf, makeKeys, makeRequests } from './workload.js';

/*
 * Measures one subject, in a process of its own: where several policies run in one, the calls that lead to them are slower than
 * in an application, which has one. Processes differ by a seventh for no better reason than where their memory lies.
 */

const CAPACITY = 10_000;
const UNIVERSE = 50_000;
const REQUESTS = 400_000;
const WARMING = 2;
const BATCH = 2_000;
const MEASURED_ENTRIES = 100_000;

/** CPU time of the process in ns, or bytes. */
export interface Figures {
  /** Get of a key that is there. */
  readonly hit: number;
  /** Get, and where there is none, set: a full cache evicts for it. */
  readonly getOrSet: number;
  /** The same with a key that was made for this request, which nobody has looked up before. */
  readonly newKeyHit: number;
  readonly newKeyGetOrSet: number;
  /** Of the policy itself, an entry; absent for what is no policy. */
  readonly bytes?: number;
}

const name = process.argv[2]!;
const keys = makeKeys(UNIVERSE);
const requests = makeRequests(UNIVERSE, REQUESTS);
const value = { id: 1 };

const mixed = SUBJECTS[name]!(CAPACITY);
const held = SUBJECTS[name]!(CAPACITY);
for (let index = 0; index < CAPACITY; index++) held.set(keys[index]!, value);

const hit = (key: string): unknown => held.get(key);
const getOrSet = (key: string): unknown => {
  const found = mixed.get(key);
  if (found !== undefined) return found;
  mixed.set(key, value);
  return value;
};
const heldKey = (index: number): string => keys[requests[index]! % CAPACITY]!;
const anyKey = (index: number): string => keys[requests[index]!]!;

process.send!({
  hit: cpuNsPerCall(hit, heldKey, REQUESTS),
  getOrSet: cpuNsPerCall(getOrSet, anyKey, REQUESTS),
  newKeyHit: cpuNsPerCall(hit, (index) => copyOf(heldKey(index)), BATCH),
  newKeyGetOrSet: cpuNsPerCall(getOrSet, (index) => copyOf(anyKey(index)), BATCH),
  ...(isPolicy(name) && { bytes: policyBytes(name) }),
} satisfies Figures);

/**
 * CPU time of the process a call: on a shared machine it is steadier than the time that went by. Keys are made before, a batch at a
 * time, so that making them is not measured, and new ones are as near at hand as in an application.
 */
function cpuNsPerCall(operation: (key: string) => unknown, keyOf: (index: number) => string, batch: number): number {
  let seen = 0;
  let microseconds = 0;
  for (let round = 0; round <= WARMING; round++) {
    microseconds = 0;
    for (let from = 0; from < REQUESTS; from += batch) {
      const asked = Array.from({ length: batch }, (_, index) => keyOf(from + index));
      const before = process.cpuUsage();
      for (const key of asked) if (operation(key) !== undefined) seen++;
      const { user, system } = process.cpuUsage(before);
      microseconds += user + system;
    }
  }
  const calls = (WARMING + 1) * REQUESTS;
  if (seen !== calls) throw new Error(`${calls - seen} of ${calls} calls answered nothing`);
  return (microseconds * 1000) / REQUESTS;
}

function isPolicy(subject: string): subject is EvictionPolicyName {
  return EVICTION_POLICIES.some((policy) => policy === subject);
}

/** Bytes that a full policy takes for each record, beside the record: measured after as many have left as there are. */
function policyBytes(policyName: EvictionPolicyName): number {
  const all = makeKeys(2 * MEASURED_ENTRIES);
  const records = all.map((key): Evictable => ({ key, size: 1, expiresAt: Infinity, slot: 0, note: 0 }));
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
