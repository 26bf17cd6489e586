import { setImmediate as turn } from 'node:timers/promises';
import { createCache, InvalidOptionError, MemoryStore, type Cache, type CacheEntry } from '@cachewarp/core';
import { FakeClock } from '@cachewarp/core/testing';
import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import { expect } from 'chai';
import { createTracing, type Tracing } from '#src/tracing/create-tracing.js';
import { idOf, makeTestTracing, parentOf, type TestTracing } from './test-tracing.js';

/** A store that answers later. */
class SlowStore extends MemoryStore {
  override readonly name = 'redis' as never;
  override get(key: string): never {
    return Promise.resolve(super.get(key)) as never;
  }
  override set(key: string, entry: CacheEntry): never {
    return Promise.resolve(super.set(key, entry)) as never;
  }
}

describe('createTracing', () => {
  let otel: TestTracing;
  let tracing: Tracing;

  beforeEach(() => {
    otel = makeTestTracing();
  });
  afterEach(() => {
    tracing.close();
    otel.close();
  });

  function traced(cache: Cache): Cache {
    tracing = createTracing({ cache, tracerProvider: otel.tracerProvider });
    return cache;
  }

  it('makes a span of a load below that of the caller, and puts what the loader does below it', async () => {
    const cache = traced(createCache({ name: 'app' }));
    await otel.inSpan('caller', () => cache.getOrLoad('k', () => otel.inSpan('query', () => Promise.resolve(1))));
    const load = otel.span('cache load');
    expect(parentOf(load)).to.equal(idOf(otel.span('caller')));
    expect(parentOf(otel.span('query'))).to.equal(idOf(load));
    expect(load.attributes).to.include({ 'cachewarp.cache': 'app', 'cachewarp.background': false });
  });

  it('makes none for a hit', async () => {
    const cache = traced(createCache({ defaults: { ttl: 60 } }));
    await cache.getOrLoad('k', () => 1);
    await otel.inSpan('caller', () => cache.getOrLoad('k', () => 2));
    expect(otel.spans().map(({ name }) => name)).to.deep.equal(['cache load', 'caller']);
    expect(cache.events.has('hit')).to.equal(false);
  });

  it('leaves the key out, which may be personal', async () => {
    const cache = traced(createCache());
    await cache.getOrLoad('user:jane@example.com', () => Promise.reject(new Error('jane'))).catch(() => undefined);
    expect(
      JSON.stringify(otel.spans().map(({ attributes, status, events }) => ({ attributes, status, events }))),
    ).to.not.include('jane');
  });

  it('marks a load that failed by the code of its error', async () => {
    const cache = traced(createCache());
    const error = Object.assign(new Error('secret detail'), { code: 'ECONNREFUSED' });
    await cache.getOrLoad('k', () => Promise.reject(error)).catch(() => undefined);
    const load = otel.span('cache load');
    expect(load.status.code).to.equal(SpanStatusCode.ERROR);
    expect(load.attributes['error.type']).to.equal('ECONNREFUSED');
  });

  it('links a caller who joins a load to it, and it to him', async () => {
    const cache = traced(createCache());
    let finish: (value: number) => void = () => undefined;
    const first = otel.inSpan('first', () =>
      cache.getOrLoad('k', () => new Promise<number>((resolve) => (finish = resolve))),
    );
    const second = otel.inSpan('second', () => cache.getOrLoad('k', () => 2));
    finish(1);
    expect(await Promise.all([first, second])).to.deep.equal([1, 1]);
    const load = otel.span('cache load');
    const joined = otel.span('second');
    expect(parentOf(load)).to.equal(idOf(otel.span('first')));
    expect(load.links.map(({ context: linked }) => linked.spanId)).to.deep.equal([idOf(joined)]);
    expect(joined.links.map(({ context: linked }) => linked.spanId)).to.deep.equal([idOf(load)]);
  });

  it('makes a refresh behind an answer a trace of its own, linked to the caller who caused it', async () => {
    const clock = new FakeClock();
    const cache = traced(createCache({ clock, defaults: { ttl: 10, staleWhileRevalidate: 60 } }));
    await cache.getOrLoad('k', () => 1);
    clock.advance(11_000);
    await otel.inSpan('caller', () => cache.getOrLoad('k', () => 2));
    const refresh = otel.span('cache refresh');
    const caller = otel.span('caller');
    expect(parentOf(refresh)).to.equal(undefined);
    expect(refresh.spanContext().traceId).to.not.equal(caller.spanContext().traceId);
    expect(refresh.links.map(({ context: linked }) => linked.spanId)).to.deep.equal([idOf(caller)]);
  });

  it('makes a span of each call of a store that is not answered at once, below that of the caller', async () => {
    const cache = traced(createCache({ store: new SlowStore(), defaults: { ttl: 60 } }));
    await otel.inSpan('caller', () => cache.getOrLoad('k', () => 1));
    await cache.close();
    const get = otel.span('redis get');
    expect(parentOf(get)).to.equal(idOf(otel.span('caller')));
    expect(otel.span('redis set').spanContext().traceId).to.equal(get.spanContext().traceId);
    expect(otel.span('cache load').spanContext().traceId).to.equal(get.spanContext().traceId);
  });

  it('marks a call of a store that failed', async () => {
    const store = new SlowStore();
    store.get = (() => Promise.reject(new Error('down'))) as never;
    const cache = traced(createCache({ store }));
    await cache.get('k');
    expect(otel.span('redis get').status.code).to.equal(SpanStatusCode.ERROR);
  });

  it('makes a span of a wait for another process, as long as the wait was', async () => {
    const cache = traced(createCache());
    await otel.inSpan('caller', async () => {
      cache.events.emit('leaseWait', { key: 'k', waitedMs: 250, outcome: 'answered' });
    });
    const wait = otel.span('cache lease wait');
    expect(parentOf(wait)).to.equal(idOf(otel.span('caller')));
    expect(wait.duration[0] * 1000 + wait.duration[1] / 1e6).to.be.within(249, 1_000);
  });

  it('ends the span of a load that was called off', async () => {
    const cache = traced(createCache());
    const controller = new AbortController();
    const answer = cache.getOrLoad('k', () => new Promise(() => undefined), { signal: controller.signal });
    controller.abort(new Error('left'));
    await answer.catch(() => undefined);
    await turn();
    expect(otel.span('cache load').attributes['cachewarp.abandoned']).to.equal(true);
  });

  it('runs a load inside what another listener wants, too', async () => {
    const cache = traced(createCache());
    const seen: string[] = [];
    cache.events.on('load', (event) => {
      const outer = event.within;
      event.within = (work) => {
        seen.push('outer');
        return outer === undefined ? work() : outer(work);
      };
    });
    const inside = await cache.getOrLoad('k', () => trace.getSpan(context.active()) !== undefined);
    expect([inside, seen]).to.deep.equal([true, ['outer']]);
  });

  it('stops listening when closed, and ends what is open', async () => {
    const cache = traced(createCache());
    void cache.getOrLoad('k', () => new Promise(() => undefined));
    tracing.close();
    expect(otel.spans().map(({ name }) => name)).to.deep.equal(['cache load']);
    for (const name of [
      'load',
      'loaded',
      'loadError',
      'loadAbandoned',
      'coalesced',
      'storeCall',
      'storeCallEnd',
    ] as const) {
      expect(cache.events.has(name)).to.equal(false);
    }
  });

  it('refuses what is no cache, naming field and value', () => {
    traced(createCache());
    expect(() => createTracing({} as never)).to.throw(InvalidOptionError, 'cache must be made by createCache');
    expect(() => createTracing({ cache: createCache(), tracer: 1 } as never)).to.throw('tracer is not an option');
  });
});
