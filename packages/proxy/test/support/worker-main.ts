import cluster from 'node:cluster';
import type { ProxyOptions } from '#src/proxy/proxy-options.js';
import { startWorkers } from '#src/proxy/start-workers.js';

/*
 * A program that serves with workers, as a user would write one: `node worker-main.js '{"origin": …}' 2`. Says where on its output, one
 * line for the primary and one for each worker that begins.
 */
const [, , options, count] = process.argv;
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

if (cluster.isWorker) say({ worker: process.pid });
try {
  const group = await startWorkers(JSON.parse(options!) as ProxyOptions, Number(count));
  say({ url: group.url, port: group.port, adminUrl: group.adminUrl, pids: group.pids });
  process.on('SIGTERM', () => void group.drain().then(() => process.exit(0)));
} catch (error) {
  const { code, message } = error as Error & { code?: string };
  say({ code, message });
  process.exitCode = 1;
}
