import { arePinned } from '../harness/cores.js';
import { interleave } from '../harness/interleave.js';
import { SAME } from './load-scripts.js';
import { ServerProcess } from './server-process.js';
import { expectAnswer, printFigures, underLoad } from './under-load.js';
import { withServers } from './with-servers.js';
import { CONNECTIONS } from './wrk.js';

const ROUNDS = 7;

/** Question: what does a hit of the Koa middleware cost, beside Koa without a cache? */
export function benchKoa(): Promise<void> {
  return withServers(async (folder, started) => {
    const hello = await started(ServerProcess.ofNode('koa-hello'));
    const plain = await started(ServerProcess.ofNode('koa-async'));
    const cached = await started(ServerProcess.ofNode('koa-cached'));
    for (const server of [hello, plain, cached]) await expectAnswer(`${server.url}/hit`);
    await expectAnswer(`${cached.url}/hit`, 'HIT');

    const same = { folder, path: '/hit', script: SAME };
    const figures = await interleave(
      [
        underLoad('Koa hello', hello, same),
        underLoad('Koa hello behind an async middleware', plain, same),
        underLoad('Koa behind httpCache, hit', cached, same),
      ],
      ROUNDS,
    );
    const where = arePinned ? 'server and load on cores of their own' : 'no cores pinned';
    printFigures(`Koa, 1 KB of JSON, ${CONNECTIONS} connections, ${where}`, figures, 'Koa hello');
  });
}
