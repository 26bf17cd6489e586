import { randomBytes } from 'node:crypto';
import type { Cache } from '@cachewarp/core';
import type { TrafficCounters } from '../front/traffic-counters.js';
import type { UpstreamOrigin } from '../upstream/upstream-origin.js';
import { resolveProxyOptions, type ProxyOptions } from './proxy-options.js';
import { RunningProxy } from './running-proxy.js';

/** A running proxy. */
export interface Proxy {
  /** Where clients reach it from this machine: `http://localhost:3000`. */
  readonly url: string;
  readonly port: number;
  /** Where the admin API answers; undefined where there is none. */
  readonly adminUrl: string | undefined;
  readonly cache: Cache;
  readonly counters: TrafficCounters;
  readonly origin: UpstreamOrigin;
  /**
   * Takes other options while it runs, all at once, and drops no request: what is under way ends as it began. Rules, policy, limits, the
   * origin and the way to it, the certificate, hosts, upgrades and `onAnswered` change; what is stored stays stored, and is judged anew.
   *
   * @returns the names of options that differ and need a restart, such as `port` and `cache`; they stay as they are
   * @throws InvalidOptionError or ProxyStartError; then everything is as it was
   */
  reload(options: ProxyOptions): readonly string[];
  /**
   * Ends without dropping a request: takes no new connections, answers what was asked, then closes everything. What is not answered
   * within `limits.drainTimeout` is cut.
   */
  drain(): Promise<void>;
  /** Ends at once: cuts what is not answered yet, and closes everything. */
  close(): Promise<void>;
}

/**
 * Starts a caching reverse proxy in front of an origin that knows nothing of it, in this process. For several processes see
 * {@link startWorkers}.
 *
 * @example
 * const proxy = await startProxy({ origin: 'https://api.example.com', port: 3000, policy: { defaultTtl: '30s' } });
 *
 * @throws InvalidOptionError, rejected, naming the faulty option and its value; {@link ProxyStartError} when a port is taken, an address
 * is not this machine's, or the certificate cannot be used
 */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const running = new RunningProxy(resolveProxyOptions(options), { pseudonym: makePseudonym() });
  await running.start();
  return running;
}

/** A name for Via that nobody else has. */
export function makePseudonym(): string {
  return `cachewarp-${randomBytes(4).toString('hex')}`;
}
