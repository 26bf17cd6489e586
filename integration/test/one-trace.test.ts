import { setTimeout as pause } from 'node:timers/promises';
import { createCache, MemoryStore, type Cache, type CacheEntry } from '@cachewarp/core';
import type { TracingOptions } from '@cachewarp/metrics';
import { startProxy, type Proxy } from '@cachewarp/proxy';
import { redisStore } from '@cachewarp/redis';
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import { expect } from 'chai';
import { ask } from '#src/http-client.js';
import { makeHttpOrigin, type HttpOrigin } from '#src/http-origin.js';
import { Opened } from '#src/opened.js';
import { makeRedisProcess } from '#src/redis-process.js';
import { until } from '#src/until.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CLIENT = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE}-${CLIENT}-01`;

/** A tier in another process, as far as the cache can tell. */
class FarStore extends MemoryStore {
  override readonly name = 'redis' as never;
  override get(key: string): never {
    return Promise.resolve(super.get(key)) as never;
  }
  override set(key: string, entry: CacheEntry): never {
    return Promise.resolve(super.set(key, entry)) as never;
  }
}

describe('a trace through the proxy', () => {
  const opened = new Opened();
  let exporter: InMemorySpanExporter;
  let origin: HttpOrigin;
  let proxy: Proxy;
  let tracing: TracingOptions;

  beforeEach(async () => {
    exporter = new InMemorySpanExporter();
    const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    opened.add(context, () => context.disable());
    origin = await makeHttpOrigin(opened, (request, response, count) => {
      if (request.url === '/broken') response.destroy();
      else response.setHeader('Cache-Control', 'max-age=60, stale-while-revalidate=60').end(`answer ${count}`);
    });
    const cache = opened.add(createCache({ name: 'proxy', store: new FarStore() }), (it) => it.close());
    tracing = { tracerProvider, propagator: new W3CTraceContextPropagator() };
    proxy = await startProxy({
      origin: origin.url,
      host: '127.0.0.1',
      port: 0,
      cache,
      tracing,
      upstream: { retries: 0 },
    });
    opened.add(proxy, () => proxy.close());
  });

  afterEach(() => opened.close());

  const headers = { traceparent: TRACEPARENT, tracestate: 'vendor=1' };

  /** Whether a call of the shared tier succeeds: a cache answers without it until it is there. */
  async function hasJoined(cache: Cache): Promise<boolean> {
    let isDone = false;
    const stop = cache.events.on('storeCallEnd', (call) => (isDone = call.isDone));
    await cache.get('is it there');
    stop();
    // Asked too often while it is not there, its circuit breaker would open.
    if (!isDone) await pause(150);
    return isDone;
  }

  /** One of several nodes that share a Redis. */
  async function makeNode(originUrl: string, redisUrl: string): Promise<Proxy> {
    const cache = opened.add(createCache({ name: 'shared', store: redisStore({ url: redisUrl }) }), (it) => it.close());
    await until(() => hasJoined(cache));
    const node = await startProxy({ origin: originUrl, host: '127.0.0.1', port: 0, cache, tracing });
    return opened.add(node, () => node.close());
  }

  /** The spans, once one of this name has ended. */
  async function spansWith(name: string): Promise<ReadableSpan[]> {
    await until(() => exporter.getFinishedSpans().some((span) => span.name === name));
    return exporter.getFinishedSpans();
  }

  const named = (spans: readonly ReadableSpan[], name: string): ReadableSpan => {
    const found = spans.find((span) => span.name === name);
    if (found === undefined) throw new Error(`no span ${name} among ${spans.map((span) => span.name).join(', ')}`);
    return found;
  };
  const parentOf = (span: ReadableSpan): string | undefined => span.parentSpanContext?.spanId;
  const idOf = (span: ReadableSpan): string => span.spanContext().spanId;

  it('is one, from the client’s request through the look-up in the store and the load to the origin', async () => {
    await ask(`${proxy.url}/users/1?token=s3cr3t`, { headers });
    const spans = await spansWith('GET default');

    const request = named(spans, 'GET default');
    const look = named(spans, 'redis get');
    const load = named(spans, 'cache load');
    const fetch = named(spans, 'GET');
    expect(spans.map((span) => span.spanContext().traceId)).to.satisfy((ids: string[]) =>
      ids.every((id) => id === TRACE),
    );
    expect(parentOf(request)).to.equal(CLIENT);
    expect(parentOf(look)).to.equal(idOf(request));
    expect(parentOf(load)).to.equal(idOf(request));
    expect(parentOf(fetch)).to.equal(idOf(load));
    expect(request.attributes).to.include({
      'http.request.method': 'GET',
      'url.path': '/users/1',
      'http.response.status_code': 200,
      'cachewarp.status': 'miss',
      'cachewarp.reason': 'cold',
    });
    expect(fetch.attributes).to.include({ 'server.address': '127.0.0.1', 'server.port': origin.port });
    expect(JSON.stringify(spans.map(({ attributes }) => attributes))).to.not.include('s3cr3t');
  });

  it('goes on at the origin below the span of the fetch, and keeps the client’s tracestate', async () => {
    await ask(`${proxy.url}/a`, { headers });
    const fetch = named(await spansWith('GET default'), 'GET');
    expect(origin.requests[0]!.headers).to.include({
      traceparent: `00-${TRACE}-${idOf(fetch)}-01`,
      tracestate: 'vendor=1',
    });
    expect(origin.requests[0]!.rawHeaders.filter((text) => text.toLowerCase() === 'traceparent')).to.have.length(1);
  });

  it('holds the calls of Redis, and the wait for another process that loads the same', async function () {
    this.timeout(30_000);
    let release = (): void => undefined;
    const slow = await makeHttpOrigin(opened, async (_, response) => {
      await new Promise<void>((resolve) => (release = resolve));
      response.setHeader('Cache-Control', 'max-age=60').end('one answer for both');
    });
    const url = await makeRedisProcess(opened);
    const nodes = [await makeNode(slow.url, url), await makeNode(slow.url, url)];
    const host = { Host: 'api.example.com' };
    const first = ask(`${nodes[0]!.url}/a`, { headers: { ...host, traceparent: `00-${'1'.repeat(32)}-${CLIENT}-01` } });
    await slow.arrived(1);
    const second = ask(`${nodes[1]!.url}/a`, { headers: { ...host, ...headers } });
    await until(() => exporter.getFinishedSpans().filter(({ name }) => name === 'redis acquire').length > 1);
    release();
    expect([(await first).text, (await second).text]).to.deep.equal(Array(2).fill('one answer for both'));
    expect(slow.requests).to.have.length(1);

    await until(() => exporter.getFinishedSpans().filter(({ name }) => name === 'GET default').length === 2);
    const traceOf = (id: string): ReadableSpan[] =>
      exporter.getFinishedSpans().filter((span) => span.spanContext().traceId === id);
    const filler = traceOf('1'.repeat(32));
    const request = named(filler, 'GET default');
    expect(parentOf(named(filler, 'redis acquire'))).to.equal(idOf(request));
    expect(parentOf(named(filler, 'cache load'))).to.equal(idOf(request));
    expect(parentOf(named(filler, 'GET'))).to.equal(idOf(named(filler, 'cache load')));
    const waiter = traceOf(TRACE);
    const waiting = named(waiter, 'cache lease wait');
    expect(parentOf(waiting)).to.equal(idOf(named(waiter, 'GET default')));
    expect(waiting.attributes['cachewarp.outcome']).to.equal('answered');
    expect(waiter.map(({ name }) => name)).to.not.include('GET');
  });

  it('has one span for a fresh hit', async () => {
    await ask(`${proxy.url}/a`);
    await spansWith('GET default');
    exporter.reset();
    const answer = await ask(`${proxy.url}/a`, { headers });
    expect(answer.cache).to.equal('HIT');
    const spans = await spansWith('GET default');
    expect(spans.map(({ name }) => name)).to.deep.equal(['GET default']);
    expect(spans[0]!.attributes).to.include({ 'cachewarp.status': 'hit', 'http.response.status_code': 200 });
    expect([spans[0]!.spanContext().traceId, parentOf(spans[0]!)]).to.deep.equal([TRACE, CLIENT]);
  });

  it('tells that the origin failed, and how', async () => {
    expect((await ask(`${proxy.url}/broken`, { headers })).status).to.equal(502);
    const spans = await spansWith('GET default');
    expect(named(spans, 'GET').attributes['error.type']).to.be.a('string');
    expect(named(spans, 'GET default').attributes).to.include({
      'cachewarp.status': 'error',
      'http.response.status_code': 502,
      'error.type': 'ERR_CACHEWARP_ORIGIN',
    });
    expect(named(spans, 'GET default').status.code).to.equal(2);
  });

  it('begins here where the client began none, or a malformed one', async () => {
    await ask(`${proxy.url}/a`, { headers: { traceparent: `00-${'0'.repeat(32)}-${CLIENT}-01` } });
    const request = named(await spansWith('GET default'), 'GET default');
    expect(parentOf(request)).to.equal(undefined);
    expect(origin.requests[0]!.headers['traceparent']).to.include(request.spanContext().traceId);
  });

  it('passes the client’s traceparent on as it is where no traces are made', async () => {
    const plain = await startProxy({ origin: origin.url, host: '127.0.0.1', port: 0 });
    opened.add(plain, () => plain.close());
    await ask(`${plain.url}/b`, { headers });
    expect(origin.requests[0]!.headers).to.include({ traceparent: TRACEPARENT, tracestate: 'vendor=1' });
  });
});
