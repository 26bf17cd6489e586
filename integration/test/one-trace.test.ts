import { createCache, MemoryStore, type CacheEntry } from '@cachewarp/core';
import { startProxy, type Proxy } from '@cachewarp/proxy';
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
    const tracing = { tracerProvider, propagator: new W3CTraceContextPropagator() };
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

  it('holds a wait for another process that loads the same', async () => {
    // What a tier says that leases keys to one process at a time.
    const { events } = proxy.cache;
    const stop = events.on('storeCall', ({ operation }) => {
      if (operation === 'get') events.emit('leaseWait', { key: 'k', waitedMs: 20, outcome: 'answered' });
    });
    await ask(`${proxy.url}/a`, { headers });
    stop();
    const spans = await spansWith('GET default');
    expect(parentOf(named(spans, 'cache lease wait'))).to.equal(idOf(named(spans, 'GET default')));
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
