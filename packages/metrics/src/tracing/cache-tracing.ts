import type { Cache, CacheEvents, LoadBegin } from '@cachewarp/core';
import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Span, type Tracer } from '@opentelemetry/api';
import { failSpan } from './fail-span.js';

/** The spans of one cache. It listens; the cache knows nothing of it. */
export class CacheTracing {
  readonly #tracer: Tracer;
  readonly #cacheName: string;
  readonly #stops: (() => void)[];
  /** Spans that are not ended, by the id of the event that began them. Each event that begins something is followed by its end. */
  readonly #open = new Map<number, Span>();
  /** The load of each key that callers may join. */
  readonly #loads = new Map<string, number>();

  constructor(cache: Cache, tracer: Tracer) {
    this.#tracer = tracer;
    this.#cacheName = cache.name;
    const { events } = cache;
    this.#stops = [
      events.on('load', (event) => this.#beginLoad(event)),
      events.on('loaded', (event) => this.#endLoad(event)),
      events.on('loadError', (event) => this.#endLoad(event, event.error)),
      events.on('loadAbandoned', (event) => this.#abandonLoad(event)),
      events.on('coalesced', ({ key }) => this.#join(key)),
      events.on('storeCall', (event) => this.#beginStoreCall(event)),
      events.on('storeCallEnd', (event) => this.#endStoreCall(event)),
      events.on('leaseWait', (event) => this.#leaseWait(event)),
    ];
  }

  /** Stops listening. Spans that are open are ended. */
  close(): void {
    for (const stop of this.#stops.splice(0)) stop();
    for (const span of this.#open.values()) span.end();
    this.#open.clear();
    this.#loads.clear();
  }

  /** Who caused a refresh behind an answer does not wait for it: it is a trace of its own, linked to his. */
  #beginLoad(event: LoadBegin): void {
    const { id, key, background } = event;
    const caller = context.active();
    const callersSpan = background ? trace.getSpanContext(caller) : undefined;
    const span = this.#tracer.startSpan(
      background ? 'cache refresh' : 'cache load',
      {
        attributes: { 'cachewarp.cache': this.#cacheName, 'cachewarp.background': background },
        links: callersSpan === undefined ? [] : [{ context: callersSpan }],
      },
      background ? ROOT_CONTEXT : caller,
    );
    this.#open.set(id, span);
    this.#loads.set(key, id);
    const inSpan = trace.setSpan(caller, span);
    const outer = event.within;
    event.within = (work) => context.with(inSpan, () => (outer === undefined ? work() : outer(work)));
  }

  #endLoad({ id, key }: { id: number; key: string }, error?: unknown): void {
    if (this.#loads.get(key) === id) this.#loads.delete(key);
    const span = this.#take(id);
    if (span === undefined) return;
    if (error !== undefined) failSpan(span, error);
    span.end();
  }

  #abandonLoad({ id, key }: CacheEvents['loadAbandoned']): void {
    this.#open.get(id)?.setAttribute('cachewarp.abandoned', true);
    this.#endLoad({ id, key });
  }

  /** A caller who joins a load of another's trace: each is linked to the other. */
  #join(key: string): void {
    const load = this.#open.get(this.#loads.get(key) ?? 0);
    const caller = trace.getSpan(context.active());
    if (load === undefined || caller === undefined) return;
    caller.addEvent('cachewarp.coalesced');
    caller.addLink({ context: load.spanContext() });
    load.addLink({ context: caller.spanContext() });
  }

  #beginStoreCall({ id, store, operation }: CacheEvents['storeCall']): void {
    const attributes = {
      'cachewarp.cache': this.#cacheName,
      'cachewarp.store': store,
      'cachewarp.operation': operation,
    };
    this.#open.set(id, this.#tracer.startSpan(`${store} ${operation}`, { kind: SpanKind.CLIENT, attributes }));
  }

  #endStoreCall({ id, isDone }: CacheEvents['storeCallEnd']): void {
    const span = this.#take(id);
    if (!isDone) span?.setStatus({ code: SpanStatusCode.ERROR });
    span?.end();
  }

  #leaseWait({ waitedMs, outcome }: CacheEvents['leaseWait']): void {
    const attributes = { 'cachewarp.cache': this.#cacheName, 'cachewarp.outcome': outcome };
    this.#tracer.startSpan('cache lease wait', { startTime: Date.now() - waitedMs, attributes }).end();
  }

  #take(id: number): Span | undefined {
    const span = this.#open.get(id);
    this.#open.delete(id);
    return span;
  }
}
