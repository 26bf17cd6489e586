import { createCache } from '@cachewarp/core';
import { interleave, nsPerOperation, type Contestant } from '../harness/interleave.js';
import { printTable } from '../harness/table.js';
import { lruPrototype, peers, type User } from './peers.js';
import { makeService } from './subjects.js';

const ROUNDS = 9;
const MISSES = 10_000;

const load = (id: string): Promise<User> => Promise.resolve({ id, name: `User ${id}` });

/** Measures misses: every key is new, and the cache is new each round so that nobody is measured evicting. */
function misses(name: string, make: () => (id: string) => Promise<unknown>): Contestant {
  return {
    name,
    measure: () => {
      const read = make();
      return nsPerOperation(MISSES, (index) => read(`user-${index}`));
    },
  };
}

/** Question: what does a miss add to the loader? The loader alone, which answers at once, is the first row. */
export async function benchMiss(): Promise<void> {
  const contestants = [
    misses('loader alone', () => load),
    misses('lru-cache prototype', () => lruPrototype(load)),
    misses('getOrLoad', () => {
      const cache = createCache({ memory: { maxBytes: '1gb' } });
      return (id) => cache.getOrLoad(id, () => load(id));
    }),
    misses('@CacheResponse', () => {
      const { service } = makeService(load);
      return (id) => service.byId(id);
    }),
    ...peers.map((peer) => misses(peer.name, () => peer.make(load))),
  ];
  printTable('Miss', 'ns', await interleave(contestants, ROUNDS), 'getOrLoad');
}
