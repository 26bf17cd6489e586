import { arePinned } from '../harness/cores.js';
import { interleave } from '../harness/interleave.js';
import { put, SAME } from './load-scripts.js';
import { ServerProcess } from './server-process.js';
import { BODY } from './servers/body.js';
import { expectAnswer, printFigures, underLoad } from './under-load.js';
import { withServers } from './with-servers.js';
import { CONNECTIONS } from './wrk.js';

const ROUNDS = 5;
const KEYS = 10_000;

/** Question: what does a hit, and a write, of the REST service cost, beside the least that node:http can do? */
export function benchServer(): Promise<void> {
  return withServers(async (folder, started) => {
    const hello = await started(ServerProcess.ofNode('hello'));
    const readHello = await started(ServerProcess.ofNode('read-hello'));
    const service = await started(ServerProcess.ofNode('rest-service'));
    await expectAnswer(hello.url);
    await expectAnswer(`${service.url}/cache/bytes`);

    const where = arePinned ? 'server and load on cores of their own' : 'no cores pinned';
    const hits = await interleave(
      [
        underLoad('node:http hello', hello, { folder, path: '/', script: SAME }),
        underLoad('GET hit, bytes', service, { folder, path: '/cache/bytes', script: SAME }),
        underLoad('GET hit, JSON', service, { folder, path: '/cache/json', script: SAME }),
      ],
      ROUNDS,
    );
    printFigures(`Hit, 1 KB, ${CONNECTIONS} connections, ${where}`, hits, 'node:http hello');

    const script = put(KEYS, `{"value":${BODY},"ttl":60}`);
    const writes = await interleave(
      [
        underLoad('node:http that reads the body', readHello, { folder, path: '/', script }),
        underLoad('PUT, JSON, 10,000 keys', service, { folder, path: '/', script }),
      ],
      ROUNDS,
    );
    printFigures('Write, 1 KB of JSON', writes, 'node:http that reads the body');
  });
}
