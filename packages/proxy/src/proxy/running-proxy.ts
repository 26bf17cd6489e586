import type { Socket } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import {
  listenAdmin,
  type AdminAbout,
  type AdminListener,
  type AdminOptions,
  type AdminQuestion,
} from '@cachewarp/admin';
import type { Cache } from '@cachewarp/core';
import { HttpCache } from '@cachewarp/http';
import { createMetrics, createTracing, type Metrics, type Tracing } from '@cachewarp/metrics';
import { ProxyStartError } from '../base/proxy-errors.js';
import { AnsweredFeed } from '../front/answered-feed.js';
import { FastLane } from '../front/fast-lane/fast-lane.js';
import { Front } from '../front/front.js';
import { HitWriter } from '../front/hit-writer.js';
import { RequestHandler } from '../front/request-handler.js';
import { TrafficCounters } from '../front/traffic-counters.js';
import { TunnelHandler } from '../front/tunnel-handler.js';
import { UrlExplainer } from '../front/url-explainer.js';
import { RequestReader } from '../request/request-reader.js';
import { UpstreamOrigin, type OriginFetch } from '../upstream/upstream-origin.js';
import { resolveProxyOptions, type ProxyOptions, type ProxySettings } from './proxy-options.js';
import { addProxyMetrics } from './proxy-metrics.js';
import { restartNeeded, withFixed } from './restart-needed.js';

/** What a proxy is given beside its settings. */
export interface ProxyParts {
  /** Under which it stands in Via; unlike anybody else's, so that a Via which holds it was written here. */
  readonly pseudonym: string;
  /** Where the admin API takes its metrics from. Default: this process. */
  readonly metricsOf?: (own: Metrics) => AdminOptions['metrics'];
  /** The processes that serve with this one. Default: none. */
  readonly peers?: AdminOptions['peers'];
}

/** The parts of one proxy, put together: the one place that knows them all. */
export class RunningProxy {
  readonly cache: Cache;
  readonly counters: TrafficCounters;
  /** Undefined where there is no admin API to ask for them. */
  readonly metrics: Metrics | undefined;
  #settings: ProxySettings;
  readonly #parts: ProxyParts;
  readonly #requests: RequestHandler;
  readonly #tunnels: TunnelHandler;
  /** Undefined over TLS, which Node has to decrypt first. */
  readonly #lane: FastLane | undefined;
  #origin: UpstreamOrigin;
  /** Ways to origins of before, on which something is still under way. */
  readonly #retired = new Set<UpstreamOrigin>();
  #onFetch: ((fetch: OriginFetch) => void) | undefined;
  readonly #httpCache: HttpCache;
  readonly #tracing: Tracing | undefined;
  readonly #explainer: UrlExplainer;
  readonly #front: Front;
  readonly #answered: AnsweredFeed;
  #admin: AdminListener | undefined;
  #url = '';
  #port = 0;
  #ending: Promise<void> | undefined;

  /** @throws ProxyStartError when the certificate cannot be used */
  constructor(settings: ProxySettings, parts: ProxyParts) {
    const { cache, limits, rules, trusted, http, hosts, tls, http2, upgrades, logs, tracing, fastLane } = settings;
    const { pseudonym } = parts;
    this.#settings = settings;
    this.#parts = parts;
    this.cache = cache;
    this.counters = new TrafficCounters(cache.parts.traffic, rules.names);
    this.#httpCache = new HttpCache(cache, http);
    this.#tracing = tracing && createTracing({ ...tracing, cache });
    this.#origin = this.#makeOrigin(settings);
    if (settings.admin !== undefined) {
      this.metrics = createMetrics({ cache });
      this.#onFetch = addProxyMetrics(this.metrics, this);
    }
    const reader = new RequestReader({ limits, hosts, pseudonym });
    const hits = new HitWriter(http.name, limits.keepAliveTimeoutMs);
    const shared = { origin: this.#origin, reader, limits, trusted, pseudonym, counters: this.counters };
    this.#answered = new AnsweredFeed(tls === undefined ? 'http' : 'https', () => {
      this.#requests.reconfigure({ logs: this.#answered.with(this.#settings.logs) });
    });
    this.#requests = new RequestHandler({
      ...shared,
      cache: this.#httpCache,
      rules,
      hits,
      logs,
      tracing: this.#tracing?.requests,
    });
    this.#explainer = new UrlExplainer({ cache: this.#httpCache, reader, rules });
    this.#tunnels = new TunnelHandler({ ...shared, requests: this.#requests, protocols: upgrades });
    const { counters } = this;
    const requests = this.#requests;
    if (tls === undefined) {
      const known = { cache: this.#httpCache, reader, rules, limits, trusted };
      this.#lane = new FastLane({ isOn: fastLane, requests, hits, counters, ...known });
    }
    this.#front = new Front({ requests, tunnels: this.#tunnels, lane: this.#lane, counters, limits, tls, http2 });
  }

  /** The way to the origin that requests take now. */
  get origin(): UpstreamOrigin {
    return this.#origin;
  }

  /** As {@link Proxy.reload}. */
  reload(options: ProxyOptions): readonly string[] {
    const before = this.#settings;
    const asked = { ...resolveProxyOptions({ ...options, cache: before.cache }), cacheOptions: options.cache };
    const settings = withFixed(before, asked);
    const { limits, hosts, trusted, rules, upgrades: protocols, logs, tls, fastLane } = settings;
    this.#front.reconfigure(limits, tls);
    this.#settings = settings;
    this.counters.addRoutes(rules.names);
    const isSameOrigin = isDeepStrictEqual(
      [before.origins.map(String), before.upstream],
      [settings.origins.map(String), settings.upstream],
    );
    if (!isSameOrigin) this.#replaceOrigin(settings);
    const reader = new RequestReader({ limits, hosts, pseudonym: this.#parts.pseudonym });
    const shared = { origin: this.#origin, reader, limits, trusted };
    this.#requests.reconfigure({ ...shared, rules, logs: this.#answered.with(logs) });
    this.#lane?.reconfigure({ isOn: fastLane, reader, rules, limits, trusted });
    this.#tunnels.reconfigure({ ...shared, protocols });
    this.#explainer.reconfigure({ reader, rules });
    return restartNeeded(before, asked);
  }

  #makeOrigin({ origins, upstream }: ProxySettings): UpstreamOrigin {
    const onFetch = (fetch: OriginFetch): void => {
      this.#onFetch?.(fetch);
      this.#tracing?.requests.fetched(fetch);
    };
    return new UpstreamOrigin(origins, upstream, { events: { onFetch } });
  }

  #replaceOrigin(settings: ProxySettings): void {
    const replaced = this.#origin;
    this.#origin = this.#makeOrigin(settings);
    this.#origin.startProbing();
    this.#retired.add(replaced);
    // Its connections are of no use to anybody else: how they close is nobody's business.
    const forget = (): void => void this.#retired.delete(replaced);
    replaced.retire().then(forget, forget);
  }

  /** Begins to serve. After a failure nothing is left open. */
  async start(): Promise<void> {
    const { port, host } = this.#settings;
    try {
      await this.#front.listen(port, host);
      this.#url = this.#front.url;
      this.#port = this.#front.port;
      await this.#listenAdmin();
    } catch (error) {
      await this.close();
      throw error;
    }
    this.origin.startProbing();
  }

  /**
   * Begins to serve connections that another process accepts. After a failure nothing is left open.
   *
   * @returns what takes a connection
   */
  async startAdopting(): Promise<(socket: Socket) => void> {
    try {
      await this.#listenAdmin();
    } catch (error) {
      await this.close();
      throw error;
    }
    this.origin.startProbing();
    return this.#front.adopt();
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

  /** Answers a question of the admin API of a process that serves with this one. */
  async answer(question: AdminQuestion): Promise<unknown> {
    return this.#admin?.answer(question);
  }

  #about(): AdminAbout {
    const { rules } = this.#settings;
    return {
      title: `proxy ${this.#url}`.trim(),
      routes: rules.names.map((name) => ({ name, ttlMs: rules.ttlMsOf(name) ?? null })),
      origins: this.origin.upstreams.map(({ name }) => name),
    };
  }

  async #end(endFront: () => Promise<void>): Promise<void> {
    await endFront();
    this.#httpCache.close();
    await Promise.all([this.#origin, ...this.#retired].map((origin) => origin.destroy()));
    await this.#admin?.close();
    this.metrics?.close();
    this.#tracing?.close();
    if (this.#settings.ownsCache) await this.cache.close();
  }

  async #listenAdmin(): Promise<void> {
    const { admin } = this.#settings;
    if (admin === undefined || this.metrics === undefined) return;
    const metrics = this.#parts.metricsOf?.(this.metrics) ?? this.metrics;
    try {
      this.#admin = await listenAdmin({
        ...admin,
        cache: this.cache,
        metrics,
        isReady: () => this.#ending === undefined,
        explainUrl: (url) => this.#explainer.explain(url),
        decisions: this.#answered,
        about: () => this.#about(),
        ...(this.#parts.peers && { peers: this.#parts.peers }),
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      throw new ProxyStartError('PORT_IN_USE', `the admin port ${admin.port} is in use: choose another`, error);
    }
  }
}
