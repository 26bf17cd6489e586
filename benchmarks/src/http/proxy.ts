import { Pool } from 'undici';
import { arePinned } from '../harness/cores.js';
import { interleave } from '../harness/interleave.js';
import { SAME, UNIQUE, zipf } from './load-scripts.js';
import { startNginxCache, startNginxOrigin, startNginxStatic } from './nginx.js';
import { ServerProcess } from './server-process.js';
import { expectAnswer, printFigures, underLoad } from './under-load.js';
import { withServers } from './with-servers.js';
import { CONNECTIONS } from './wrk.js';

const ROUNDS = 7;
const KEYS = 100_000;

/** Question: what does a hit, and a miss, through the proxy cost, beside the least that Node can do and beside nginx? */
export function benchProxy(): Promise<void> {
  return withServers(async (folder, started) => {
    const origin = await started(startNginxOrigin(folder));
    const floor = await started(ServerProcess.ofNode('net-floor'));
    const hello = await started(ServerProcess.ofNode('hello'));
    const fixed = await started(startNginxStatic(folder));
    const nginx = await started(startNginxCache(folder, origin.url, false));
    const nginxOpen = await started(startNginxCache(folder, origin.url, true));
    const bare = await started(ServerProcess.ofNode('undici-proxy', origin.url));
    const proxy = await started(ServerProcess.ofNode('cachewarp', origin.url));
    const manyKeys = await started(ServerProcess.ofNode('cachewarp', origin.url));
    const ordinary = await started(ServerProcess.ofNode('cachewarp-ordinary', origin.url));
    const missing = await started(ServerProcess.ofNode('cachewarp', origin.url));
    const ordinaryMissing = await started(ServerProcess.ofNode('cachewarp-ordinary', origin.url));
    for (const server of [floor, hello, fixed, bare]) await expectAnswer(server.url);
    await fill(manyKeys.url);
    for (const server of [nginx, nginxOpen, proxy, ordinary]) await expectAnswer(`${server.url}/hit`, 'MISS');
    for (const server of [nginx, nginxOpen, proxy, ordinary]) await expectAnswer(`${server.url}/hit`, 'HIT');
    for (const key of [1, KEYS]) await expectAnswer(`${manyKeys.url}/keys/${key}`, 'HIT');

    const same = { folder, path: '/hit', script: SAME };
    const where = arePinned ? 'server and load on cores of their own' : 'no cores pinned';
    const hits = await interleave(
      [
        underLoad('node:net, fixed answer', floor, same),
        underLoad('node:http hello', hello, same),
        underLoad('nginx, fixed answer', fixed, same),
        underLoad('nginx proxy_cache', nginx, same),
        underLoad('nginx proxy_cache, open_file_cache', nginxOpen, same),
        underLoad('CacheWarp hit', proxy, same),
        underLoad('CacheWarp hit, fast lane off', ordinary, same),
        underLoad('CacheWarp hit, 100,000 keys, Zipf', manyKeys, { folder, path: '/', script: zipf(KEYS) }),
      ],
      ROUNDS,
    );
    printFigures(`Hit, 1 KB of JSON, ${CONNECTIONS} connections, ${where}`, hits, 'node:http hello');

    const misses = await interleave(
      [
        underLoad('undici proxy', bare, { folder, path: '/', script: UNIQUE }),
        underLoad('CacheWarp miss, kept', missing, { folder, path: '/', script: UNIQUE }),
        underLoad('CacheWarp, no-store', missing, { folder, path: '/no-store', script: SAME }),
        underLoad('CacheWarp, no-store, fast lane off', ordinaryMissing, { folder, path: '/no-store', script: SAME }),
      ],
      ROUNDS,
    );
    printFigures('Miss, answer from nginx', misses, 'undici proxy');
  });
}

/** Asks once for every key. */
async function fill(url: string): Promise<void> {
  const pool = new Pool(url, { connections: CONNECTIONS });
  let next = 1;
  const ask = async (): Promise<void> => {
    while (next <= KEYS) {
      const { body } = await pool.request({ path: `/keys/${next++}`, method: 'GET' });
      await body.dump({ limit: 1 << 20 });
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, ask));
  await pool.close();
}
