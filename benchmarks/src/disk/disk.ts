import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBus, systemClock, type CacheEntry, type SharedTier } from '@cachewarp/core';
import { diskStore } from '@cachewarp/disk';
import { interleave, nsPerOperation, type Contestant } from '../harness/interleave.js';
import { printTable } from '../harness/table.js';

const ROUNDS = 7;
const COUNT = 1_000;
const VALUE = { id: 1, text: 'x'.repeat(1_000) };

/** Question: what do reads and writes of 1 KB cost on the disk tier, beside files written and renamed, and read? */
export async function benchDisk(): Promise<void> {
  const path = mkdtempSync(join(tmpdir(), 'cachewarp-bench-'));
  const tier = diskStore({ path }).open({
    name: 'bench',
    clock: systemClock,
    random: Math.random,
    events: new EventBus(),
  });
  try {
    const { store } = tier;
    const entry = makeEntry(tier);
    const filled = async (index: number): Promise<void> => {
      const acquired = await store.acquire(`fill ${index}`, { leaseMs: 1_000, replaces: true });
      if (acquired.word === 'lease') await store.fill(`fill ${index}`, acquired.token, entry);
    };
    const tag = { markers: [{ kind: 'tag', name: 'bench' }], soft: false, at: 0 } as const;
    const contestants = [
      timed('disk: get', (index) => store.get(`key ${index}`)),
      timed('disk: set', (index) => store.set(`key ${index}`, entry)),
      timed('disk: acquire and fill', filled),
      timed('disk: invalidate a tag', () => tier.log.append(tag)),
      timed('file: read', (index) =>
        readFile(fileOf(path, `key ${index}`)).then((bytes) => JSON.parse(bytes.toString())),
      ),
      timed('file: write and rename', (index) => writeFileOf(path, `key ${index}`)),
    ];
    for (let index = 0; index < COUNT; index++) {
      await store.set(`key ${index}`, entry);
      await writeFileOf(path, `key ${index}`);
    }
    printTable('Disk tier, 1 KB', 'ns', await interleave(contestants, ROUNDS), 'disk: get');
  } finally {
    await tier.store.close();
    rmSync(path, { recursive: true, force: true });
  }
}

function timed(name: string, operation: (index: number) => unknown): Contestant {
  return { name, measure: () => nsPerOperation(COUNT, operation) };
}

function makeEntry({ log }: SharedTier): CacheEntry {
  const now = systemClock.now();
  const times = { createdAt: now, freshUntil: now + 3_600_000, staleUntil: 0, errorUntil: 0, keepUntil: 0, loadMs: 1 };
  return {
    value: VALUE,
    ...times,
    isError: false,
    tags: [],
    parent: undefined,
    epoch: log.epoch,
    position: 0,
    size: 1_000,
  };
}

function fileOf(path: string, key: string): string {
  return join(path, createHash('sha256').update(key).digest('hex'));
}

async function writeFileOf(path: string, key: string): Promise<void> {
  const name = fileOf(path, key);
  await writeFile(`${name}.tmp`, JSON.stringify(VALUE));
  await rename(`${name}.tmp`, name);
}
