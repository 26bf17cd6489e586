import { readFileSync, writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { createCache, EventBus, systemClock, type Targets } from '@cachewarp/core';
import { diskStore } from '@cachewarp/disk';

/*
 * A process with a cache on a directory, for tests that start several or kill one: started by `makeDiskProcess`, it does what it is sent
 * and answers. What a load answers is what lies in a file then: the truth of the test.
 */

/** What the process can be told to do. */
export type DiskOrder =
  | {
      readonly do: 'load';
      readonly key: string;
      readonly callers: number;
      readonly delayMs: number;
      readonly tags: string[];
    }
  | { readonly do: 'invalidate'; readonly targets: Targets }
  | { readonly do: 'get'; readonly key: string }
  | { readonly do: 'set'; readonly key: string; readonly value: unknown }
  | { readonly do: 'stats' }
  | { readonly do: 'faults' }
  | { readonly do: 'hoard'; readonly count: number; readonly bytes: number }
  | { readonly do: 'close' };

const [, , path, truth, what] = process.argv as [string, string, string, string, string | undefined];

if (what === 'write') await writeForEver();
else serve();

/** Stores values, and says each that was stored, until it is killed. */
async function writeForEver(): Promise<never> {
  const user = { name: 'app', clock: systemClock, random: Math.random, events: new EventBus() };
  const { store, log } = diskStore({ path }).open(user);
  const round = Number(truth);
  for (let number = 0; ; number++) {
    const key = `key ${(number * 7 + round) % 400}`;
    const now = systemClock.now();
    const text = `${key} ${round} ${number} `.repeat(1 + ((number * 37) % 700));
    const times = {
      createdAt: now,
      freshUntil: now + 3_600_000,
      staleUntil: 0,
      errorUntil: 0,
      keepUntil: 0,
      loadMs: 1,
    };
    const place = { tags: [], parent: undefined, epoch: log.epoch, position: log.position };
    const entry = { value: { key, round, number, text }, isError: false, ...times, ...place, size: text.length };
    if (number % 5 === 0) await log.append({ markers: [{ kind: 'tag', name: `tag ${number}` }], soft: false, at: now });
    if (number % 2 === 0) await store.set(key, entry);
    else {
      const acquired = await store.acquire(key, { leaseMs: 60_000, replaces: true });
      if (acquired.word !== 'lease') continue;
      await store.fill(key, acquired.token, entry);
    }
    writeSync(1, `${JSON.stringify([key, round, number, log.position])}\n`);
    if (number % 50 === 0) await pause(0);
  }
}

function serve(): void {
  const cache = createCache({
    name: 'app',
    storeTimeout: '5s',
    store: diskStore({ path }),
    defaults: { ttl: '1h', jitter: 0 },
  });
  const faults: string[] = [];
  let loads = 0;
  cache.events.on('storeError', ({ operation, error }) => {
    faults.push(`${operation}: ${error instanceof Error ? error.message : String(error)}`);
  });

  const load = async (delayMs: number): Promise<string> => {
    loads++;
    const value = readFileSync(truth, 'utf8');
    await pause(delayMs);
    return value;
  };
  const obey = async (order: DiskOrder): Promise<unknown> => {
    switch (order.do) {
      case 'load': {
        const { key, callers, delayMs, tags } = order;
        const before = loads;
        const ask = (): Promise<string> => cache.getOrLoad(key, () => load(delayMs), { tags });
        const values = await Promise.all(Array.from({ length: callers }, ask));
        return { values: [...new Set(values)], loads: loads - before };
      }
      case 'invalidate':
        return cache.invalidate(order.targets);
      case 'get':
        return (await cache.get(order.key)) ?? null;
      case 'set':
        return cache.set(order.key, order.value);
      case 'stats':
        return (await cache.stats()).store;
      case 'faults':
        return faults;
      case 'hoard': {
        for (let number = 0; number < order.count; number++) {
          await cache.set(`hoard ${number}`, `${number} `.padEnd(order.bytes, 'x'));
        }
        return null;
      }
      case 'close':
        await cache.close();
        process.disconnect();
        return null;
    }
  };
  process.on('message', ({ id, order }: { id: number; order: DiskOrder }) => {
    const answer = (told: object): void => void (process.connected && process.send!({ id, ...told }));
    obey(order).then(
      (value) => answer({ value }),
      (error: unknown) => answer({ error: String(error) }),
    );
  });
  process.send!({ id: 0 });
}
