import { createCache } from '@cachewarp/core';
import { createMetrics, createTracing } from '@cachewarp/metrics';
import { interleave, nsPerCall, nsPerOperation, type Contestant } from '../harness/interleave.js';
import { printTable } from '../harness/table.js';
import { lruPrototype, methodPrototype, peers, type User } from './peers.js';
import { makeService } from './subjects.js';

const KEYS = Array.from({ length: 1000 }, (_, index) => `user-${index}`);
const ROUNDS = 11;
const HITS = 100_000;
/** Slow peers get fewer hits a round, so that no contestant takes much longer than the others. */
const PEER_HITS = 10_000;

const load = (id: string): Promise<User> => Promise.resolve({ id, name: `User ${id}` });
const keyAt = (index: number): string => KEYS[index % KEYS.length]!;

/** Measures hits on 1,000 keys that were all loaded before. */
async function hits(name: string, read: (id: string) => Promise<unknown>, count = HITS): Promise<Contestant> {
  for (const key of KEYS) await read(key);
  return { name, measure: () => nsPerOperation(count, (index) => read(keyAt(index))) };
}

/** Question: what does a hit cost in process, for each of our ways in, beside the least it can cost and beside peers? */
export async function benchHit(): Promise<void> {
  const contestants = [await hits('per-method map prototype', methodPrototype(load))];
  const { service } = makeService(load);
  contestants.push(await hits('@CacheResponse, one argument', (id) => service.byId(id)));
  contestants.push(await hits('@CacheResponse, tagged', (id) => service.tagged(id)));
  const observed = makeService(load);
  observed.cache.events.on('miss', () => undefined);
  contestants.push(await hits('@CacheResponse, with listeners', (id) => observed.service.byId(id)));
  const measured = makeService(load);
  createMetrics({ cache: measured.cache });
  contestants.push(await hits('@CacheResponse, with metrics', (id) => measured.service.byId(id)));
  const traced = makeService(load);
  createMetrics({ cache: traced.cache });
  createTracing({ cache: traced.cache });
  contestants.push(await hits('@CacheResponse, metrics and traces', (id) => traced.service.byId(id)));
  contestants.push(await hits('@CacheResponse, four arguments', (id) => service.byFour(id, 1, 20, false)));
  contestants.push(await hits('@CacheResponse, object argument', (id) => service.byQuery({ team: id, page: 1 })));
  printTable('Decorated hit', 'ns', await interleave(contestants, ROUNDS), 'per-method map prototype');

  const cache = createCache({ memory: { maxBytes: '1gb' }, defaults: { ttl: '1h' } });
  const watched = createCache({ name: 'watched', memory: { maxBytes: '1gb' }, defaults: { ttl: '1h' } });
  createMetrics({ cache: watched });
  createTracing({ cache: watched });
  const ways = [
    await hits('lru-cache prototype', lruPrototype(load)),
    await hits('getOrLoad', (id) => cache.getOrLoad(id, () => load(id))),
    await hits('getOrLoad, metrics and traces', (id) => watched.getOrLoad(id, () => load(id))),
    {
      name: 'peek (synchronous)',
      measure: () => Promise.resolve(nsPerCall(HITS, (index) => cache.peek(keyAt(index)))),
    },
    await hits('@CacheResponse, one argument', (id) => service.byId(id)),
    ...(await Promise.all(peers.map((peer) => hits(peer.name, peer.make(load), PEER_HITS)))),
  ];
  printTable('Hit by string key', 'ns', await interleave(ways, ROUNDS), 'lru-cache prototype');
}
