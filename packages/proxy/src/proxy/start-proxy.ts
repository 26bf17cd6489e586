import { randomBytes } from 'node:crypto';
import { listenAdmin, type AdminListener } from '@cachewarp/admin';
import type { Cache } from '@cachewarp/core';
import { HttpCache } from '@cachewarp/http';
import { createMetrics, type Metrics } from '@cachewarp/metrics';
import { ProxyStartError } from '../base/proxy-errors.js';
import { Front } from '../front/front.js';
import { HitWriter } from '../front/hit-writer.js';
import { RequestHandler } from '../front/request-handler.js';
import { TrafficCounters } from '../front/traffic-counters.js';
import { TunnelHandler } from '../front/tunnel-handler.js';
import { UrlExplainer } from '../front/url-explainer.js';
import { resolveProxyOptions, type ProxyOptions, type ProxySettings } from './proxy-options.js';
import { RequestReader } from '../request/request-reader.js';
import { UpstreamOrigin } from '../upstream/upstream-origin.js';

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
   * Ends without dropping a request: takes no new connections, answers what was asked, then closes everything. What is not answered
   * within `limits.drainTimeout` is cut.
   */
  drain(): Promise<void>;
  /** Ends at once: cuts what is not answered yet, and closes everything. */
  close(): Promise<void>;
}

/**
 * Starts a caching reverse proxy in front of an origin that knows nothing of it.
 *
 * @example
 * const proxy = await startProxy({ origin: 'https://api.example.com', port: 3000, policy: { defaultTtl: '30s' } });
 *
 * @throws InvalidOptionError, rejected, naming the faulty option and its value; {@link ProxyStartError} when a port is taken, an address
 * is not this machine's, or the certificate cannot be used
 */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const settings = resolveProxyOptions(options);
  const running = new RunningProxy(settings);
  try {
    await running.start();
  } catch (error) {
    await running.close();
    throw error;
  }
  return running;
}

class RunningProxy implements Proxy {
  readonly cache: Cache;
  readonly counters: TrafficCounters;
  readonly origin: UpstreamOrigin;
  readonly #settings: ProxySettings;
  readonly #httpCache: HttpCache;
  readonly #front: Front;
  readonly #metrics: Metrics | undefined;
  readonly #explainUrl: (url: string) => Promise<object | undefined>;
  #admin: AdminListener | undefined;
  #url = '';
  #port = 0;
  #ending: Promise<void> | undefined;

  constructor(settings: ProxySettings) {
    const { cache, limits, rules, trusted, upstream, origins, http, hosts, tls, http2, upgrades } = settings;
    this.#settings = settings;
    this.cache = cache;
    this.counters = new TrafficCounters(rules.names);
    this.origin = new UpstreamOrigin(origins, upstream);
    this.#httpCache = new HttpCache(cache, http);
    // Unlike anybody else's, so that a Via which holds it was written by this process.
    const pseudonym = `cachewarp-${randomBytes(4).toString('hex')}`;
    const reader = new RequestReader({ limits, hosts, pseudonym });
    const shared = { origin: this.origin, reader, limits, trusted, pseudonym, counters: this.counters };
    const requests = new RequestHandler({
      ...shared,
      cache: this.#httpCache,
      rules,
      hits: new HitWriter(http.name, limits.keepAliveTimeoutMs),
      onAnswered: settings.onAnswered,
    });
    const explainer = new UrlExplainer({ cache: this.#httpCache, reader, rules });
    this.#explainUrl = (url) => explainer.explain(url);
    const tunnels = new TunnelHandler({ ...shared, requests, protocols: upgrades });
    this.#front = new Front({ requests, tunnels, counters: this.counters, limits, tls, http2 });
    this.#metrics = settings.admin === undefined ? undefined : createMetrics({ cache });
  }

  async start(): Promise<void> {
    const { port, host } = this.#settings;
    await this.#front.listen(port, host);
    this.#url = this.#front.url;
    this.#port = this.#front.port;
    await this.#listenAdmin();
    this.origin.startProbing();
  }

  get url(): string {
    return this.#url;
  }

  get port(): number {
    return this.#port;
  }

  get adminUrl(): string | undefined {
    return this.#admin?.url;
  }

  drain(): Promise<void> {
    return (this.#ending ??= this.#end(() => this.#front.drain()));
  }

  close(): Promise<void> {
    const ended = (this.#ending ??= this.#end(() => this.#front.close()));
    // A drain that is under way is cut short.
    void this.#front.close();
    return ended;
  }

  async #end(endFront: () => Promise<void>): Promise<void> {
    await endFront();
    this.#httpCache.close();
    await this.origin.destroy();
    await this.#admin?.close();
    this.#metrics?.close();
    if (this.#settings.ownsCache) await this.cache.close();
  }

  async #listenAdmin(): Promise<void> {
    const { admin } = this.#settings;
    if (admin === undefined || this.#metrics === undefined) return;
    try {
      this.#admin = await listenAdmin({
        ...admin,
        cache: this.cache,
        metrics: this.#metrics,
        explainUrl: this.#explainUrl,
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      throw new ProxyStartError('PORT_IN_USE', `the admin port ${admin.port} is in use: choose another`, error);
    }
  }
}
