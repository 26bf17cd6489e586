import cluster from 'node:cluster';
import type { AdminOptions, AdminQuestion, NodeAnswer } from '@cachewarp/admin';
import { InvalidOptionError } from '@cachewarp/core';
import { mergeSnapshots, type Metrics, type MetricsSnapshot } from '@cachewarp/metrics';
import { resolveLimits } from '../base/limits.js';
import { ProxyStartError } from '../base/proxy-errors.js';
import type { FromWorker, ToWorker } from '../workers/messages.js';
import { ParentChannel } from '../workers/parent-channel.js';
import { WorkerGroup } from '../workers/worker-group.js';
import { checkProxyOptions } from './check-proxy-options.js';
import { urlOf } from '../front/front.js';
import { resolveAddress, resolveProxyOptions, type ProxyOptions } from './proxy-options.js';
import { RunningProxy } from './running-proxy.js';
import { makePseudonym } from './start-proxy.js';

/** Proxies in several processes that serve one port. */
export interface ProxyGroup {
  /** Where clients reach them from this machine. */
  readonly url: string;
  readonly port: number;
  readonly adminUrl: string | undefined;
  /** Process ids of the workers that are there now. */
  readonly pids: readonly number[];
  /**
   * As {@link Proxy.reload}, for all of them, and for workers that come later.
   *
   * @param data - what `makeOptions` makes options of, in every process anew
   * @throws InvalidOptionError, rejected, when the options are faulty: then nobody has changed anything; ProxyStartError when a worker
   * could not take them
   */
  reload(data: unknown): Promise<readonly string[]>;
  /** As {@link Proxy.drain}, for all of them. */
  drain(): Promise<void>;
  /** As {@link Proxy.close}, for all of them. */
  close(): Promise<void>;
}

/**
 * Starts the proxy in several processes that share its ports (node:cluster), for machines with more than one core.
 *
 * The script that calls it is run anew in every worker, up to this call: there it does not return, because that process belongs to the
 * proxy from then on, and ends with it. What must happen once only goes behind `cluster.isPrimary` or behind this call. A worker that
 * crashes is replaced.
 *
 * What they share: the ports; invalidations, from wherever they are raised; the metrics of `GET /metrics`, added up. What they do not
 * share, unless `cache` has a store that several processes can use: memory, so that each worker fills its own, and a cold URL may cost one
 * request to the origin for each worker. Limits hold for each worker by itself.
 *
 * @param options - as for {@link startProxy}. Give options for `cache` rather than a cache, or invalidations stay in their worker.
 * @param workers - how many, 1 or more
 * @param makeOptions - makes the options of what {@link ProxyGroup.reload} is given, which goes from process to process and so holds no
 * functions. Default: it is the options
 * @throws as {@link startProxy}; ProxyStartError when a worker ends before it serves
 */
export async function startWorkers(
  options: ProxyOptions,
  workers: number,
  makeOptions: (data: unknown) => ProxyOptions = (data) => data as ProxyOptions,
): Promise<ProxyGroup> {
  if (!Number.isInteger(workers) || workers < 1 || workers > MAX_WORKERS) {
    throw new InvalidOptionError('workers', `must be a whole number from 1 to ${MAX_WORKERS}`, workers);
  }
  if (cluster.isWorker) return serve(options, makeOptions);
  const [fault] = checkProxyOptions(options);
  if (fault !== undefined) throw fault;
  const { drainTimeoutMs } = resolveLimits(options.limits);
  const { port, host } = resolveAddress(options);
  const group = new WorkerGroup({ count: workers, port, host, pseudonym: makePseudonym(), drainTimeoutMs });
  await group.start();
  const { address, adminUrl } = group;
  return {
    url: urlOf(address, options.tls !== undefined),
    port: address.port,
    adminUrl,
    get pids() {
      return group.pids;
    },
    reload: async (data) => {
      const [found] = checkProxyOptions(makeOptions(data));
      if (found !== undefined) throw found;
      return group.reload(data);
    },
    drain: () => group.end('drain'),
    close: () => group.end('close'),
  };
}

const MAX_WORKERS = 1024;

/** The life of a worker. Never resolves: the process ends with the proxy. */
async function serve(options: ProxyOptions, makeOptions: (data: unknown) => ProxyOptions): Promise<never> {
  const channel = new ParentChannel();
  try {
    const { log, pseudonym, reloaded } = await channel.greet();
    const settings = resolveProxyOptions(options, log);
    const metricsOf = (own: Metrics): NonNullable<AdminOptions['metrics']> => ({
      contentType: own.contentType,
      text: async () => {
        const answers = (await channel.ask({ kind: 'metrics' })) as readonly NodeAnswer[];
        return mergeSnapshots(answers.map(({ answer }) => answer as MetricsSnapshot));
      },
      snapshot: () => own.snapshot(),
    });
    const running = new RunningProxy(settings, { pseudonym, metricsOf, peers: channel });
    const end = (how: 'drain' | 'close'): void => {
      const ended = how === 'drain' ? running.drain() : running.close();
      // The process goes with it, and so does a cache that others made for it.
      void ended.then(() => running.cache.close()).finally(() => process.exit(0));
    };
    channel.onMessage((message) => {
      if (message.cachewarp === 'drain' || message.cachewarp === 'close') end(message.cachewarp);
      else if (message.cachewarp === 'reload') channel.send(reloadWith(running, makeOptions, message));
      else if (message.cachewarp === 'question') void sendAnswer(channel, running, message);
    });
    process.on('SIGTERM', () => end('drain'));
    // Ctrl-C goes to every process of a terminal: the first one tells the others what to do.
    process.on('SIGINT', () => undefined);
    // And so does the end of a terminal, or an order to all of a group: what SIGHUP means is the first one's to say.
    process.on('SIGHUP', () => undefined);
    const take = await running.startAdopting();
    if (reloaded !== null) running.reload(makeOptions(reloaded));
    channel.onConnection(take);
    channel.send({ cachewarp: 'ready', adminUrl: running.adminUrl ?? null });
  } catch (error) {
    await giveUp(channel, error);
  }
  return new Promise<never>(() => undefined);
}

/** Never rejects: a worker that has no answer says so, rather than be waited for. */
async function sendAnswer(
  channel: ParentChannel,
  running: RunningProxy,
  { id, question }: { id: number; question: AdminQuestion },
): Promise<void> {
  const answer = await running.answer(question).catch(() => undefined);
  channel.send({ cachewarp: 'answer', id, answer });
}

function reloadWith(
  running: RunningProxy,
  makeOptions: (data: unknown) => ProxyOptions,
  { id, data }: Extract<ToWorker, { cachewarp: 'reload' }>,
): FromWorker {
  try {
    return { cachewarp: 'reloaded', id, needRestart: running.reload(makeOptions(data)), error: null };
  } catch (error) {
    return {
      cachewarp: 'reloaded',
      id,
      needRestart: [],
      error: error instanceof Error ? error.message : String(error),
    };
  }
}

/** Says why this worker cannot serve, where that is heard once and not from each of them, and ends. */
async function giveUp(channel: ParentChannel, error: unknown): Promise<void> {
  const code = error instanceof ProxyStartError ? error.code : 'ERR_CACHEWARP_WORKER';
  const message = error instanceof Error ? error.message : String(error);
  channel.send({ cachewarp: 'failed', code, message });
  // The message must be gone before the process is.
  await new Promise((resolve) => setTimeout(resolve, 50));
  process.exit(1);
}
