import { createCache } from '@cachewarp/core';
import { interleave, type Contestant } from '../harness/interleave.js';
import { printTable } from '../harness/table.js';
import { peers, type User } from './peers.js';
import { makeService } from './subjects.js';

const ROUNDS = 7;
const WAITERS = 10_000;

/** Measures 10,000 concurrent misses of one key, in ns a waiter; counts the loads they cause. */
function stampede(
  name: string,
  loads: Map<string, number>,
  make: (load: (id: string) => Promise<User>) => (id: string) => Promise<unknown>,
): Contestant {
  return {
    name,
    measure: async () => {
      let calls = 0;
      const read = make(async (id) => {
        calls++;
        await new Promise((resolve) => setTimeout(resolve, 50));
        return { id, name: 'User' };
      });
      const startedAt = process.cpuUsage();
      await Promise.all(Array.from({ length: WAITERS }, () => read('user-1')));
      const { user, system } = process.cpuUsage(startedAt);
      loads.set(name, calls);
      return ((user + system) * 1000) / WAITERS;
    },
  };
}

/** Question: what does it cost, and how many loads, when 10,000 callers ask for one cold key whose load takes 50 ms? */
export async function benchStampede(): Promise<void> {
  const loads = new Map<string, number>();
  const contestants = [
    stampede('getOrLoad', loads, (load) => {
      const cache = createCache();
      return (id) => cache.getOrLoad(id, () => load(id));
    }),
    stampede('@CacheResponse', loads, (load) => {
      const { service } = makeService(load);
      return (id) => service.byId(id);
    }),
    ...peers.map((peer) => stampede(peer.name, loads, (load) => peer.make(load))),
  ];
  printTable('Stampede of 10,000 on one key', 'CPU ns a waiter', await interleave(contestants, ROUNDS), 'getOrLoad');
  console.log('\nLoads caused:');
  for (const [name, count] of loads) console.log(`  ${name}: ${count}`);
}
