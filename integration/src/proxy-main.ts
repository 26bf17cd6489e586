import type { CreateCacheOptions } from '@cachewarp/core';
import { startProxy, startWorkers, type ProxyOptions } from '@cachewarp/proxy';
import { redisStore } from '@cachewarp/redis';

/*
 * A proxy in a process of its own, for tests that measure or end one: started by `makeProxyProcess` with its options as JSON, it says
 * where it listens, drains on SIGTERM, and tells its peak memory when asked.
 */

const [, , given, count, redis] = process.argv;
const options = JSON.parse(given!) as ProxyOptions & { cache?: CreateCacheOptions };
if (redis !== undefined) options.cache = { ...options.cache, store: redisStore({ url: redis }) };
const workers = Number(count);
const proxy = workers === 0 ? await startProxy(options) : await startWorkers(options, workers);

process.on('message', () => process.send!({ peakBytes: process.resourceUsage().maxRSS * 1024 }));
process.once('SIGTERM', () => {
  void proxy.drain().then(() => process.disconnect());
});
process.send!({ url: proxy.url, adminUrl: proxy.adminUrl });
