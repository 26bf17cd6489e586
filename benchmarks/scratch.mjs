import { createCache, EventBus, systemClock } from '@cachewarp/core';
import { redisStore } from '@cachewarp/redis';
import { ioredis, startRedis } from './dist/redis/redis-process.js';
const what = process.argv[2] ?? 'all'; const ROUNDS = Number(process.argv[3] ?? 7);
const BODY = { id: 1, text: 'x'.repeat(980) };
const { url, stop } = process.env.REDIS_URL ? { url: process.env.REDIS_URL, stop() {} } : await startRedis();
const KEYS = 1000;
const tier = redisStore({ url }).open({ name: 'bench', clock: systemClock, random: Math.random, events: new EventBus() });
await tier.store.get('joined');
const { store, log } = tier;
function entryOf(value) {
  const now = systemClock.now();
  return { value, createdAt: now, freshUntil: now + 3_600_000, staleUntil: 0, errorUntil: 0, keepUntil: 0, loadMs: 1, isError: false, tags: [], parent: undefined, epoch: log.epoch, position: log.position, size: 1000 };
}
const plain = new ioredis.Redis(url);
for (let k = 0; k < KEYS; k++) { await plain.set(`plain:${k}`, JSON.stringify(BODY)); await store.set(`key:${k}`, entryOf(BODY)); }
const cache = createCache({ name: 'bench', memory: false, store: redisStore({ url }), storeTimeout: '5s' });
const tiny = createCache({ name: 'bench', memory: { maxBytes: 65536 }, store: redisStore({ url }), storeTimeout: '5s' });
const never = () => Promise.reject(new Error('miss'));
await cache.getOrLoad('key:0', never);
let n = 0;
const lease = { leaseMs: 1000, replaces: false };
const ops = {
  ioredis: [30000, (i) => plain.getBuffer(`plain:${i % KEYS}`)],
  get: [30000, (i) => store.get(`key:${i % KEYS}`)],
  acquire: [30000, (i) => store.acquire(`key:${i % KEYS}`, lease)],
  gol: [30000, (i) => cache.getOrLoad(`key:${i % KEYS}`, never)],
  guarded: [30000, (i) => cache.parts.guarded.acquire(`key:${i % KEYS}`, lease)],
  claim: [30000, (i) => cache.parts.tiers.claim(`key:${i % KEYS}`, lease)],
  claims: [30000, (i) => cache.leases.claim(cache.leases.open(`key:${i % KEYS}`), { residence: { memoryTtlMs: Infinity, refreshAhead: 0 }, replaces: false, accepts: () => true, isAwaited: () => true, isWanted: () => true })],
  tiny: [30000, (i) => tiny.getOrLoad(`key:${i % KEYS}`, never)],
  fill: [5000, async (i) => { const key = `fill:${n++}`; const a = await store.acquire(key, lease); if (a.word !== 'lease') throw new Error(a.word); await store.fill(key, a.token, entryOf(BODY)); }],
  set: [5000, (i) => store.set(`set:${i % KEYS}`, entryOf(BODY))],
  load: [5000, (i) => cache.getOrLoad(`load:${n++}`, () => Promise.resolve(BODY))],
  inval: [5000, (i) => log.append({ markers: [{ kind: 'tag', name: `tag:${i % 2000}` }], soft: false, at: 0 })],
};
let writes = 0, wbytes = 0; { const net = await import("node:net"); const w = net.Socket.prototype.write; net.Socket.prototype.write = function (d, ...a) { writes++; wbytes += d.length; return w.call(this, d, ...a); }; }
const names = what === 'all' ? Object.keys(ops) : what.split(',');
const res = Object.fromEntries(names.map((x) => [x, []]));
for (let r = 0; r <= ROUNDS; r++) for (const name of names) {
  const [count, op] = ops[name]; let next = 0;
  const u = process.cpuUsage(); const t = process.hrtime.bigint();
  await Promise.all(Array.from({ length: 100 }, async () => { while (next < count) await op(next++); }));
  const { user, system } = process.cpuUsage(u);
  if (r > 0) res[name].push([Number(process.hrtime.bigint() - t) / 1000 / count, (user + system) / count]);
  if (name === 'fill' || name === 'load') { await plain.call('EVAL', "return 1", 0); }
}
const med = (a) => [...a].sort((x, y) => x - y)[a.length >> 1];
console.log("writes", writes, wbytes);
for (const name of names) console.log(name.padEnd(8), 'time', med(res[name].map((x) => x[0])).toFixed(2), 'cpu', med(res[name].map((x) => x[1])).toFixed(2), 'min', Math.min(...res[name].map((x) => x[0])).toFixed(2));
stop(); process.exit();
