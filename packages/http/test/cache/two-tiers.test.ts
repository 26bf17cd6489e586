import {
  createCache,
  decodeEntry,
  encodeEntry,
  LocalInvalidationLog,
  MemoryStore,
  type CacheEntry,
  type CacheStore,
} from '@cachewarp/core';
import { ChaosStore, FakeClock } from '@cachewarp/core/testing';
import { expect } from 'chai';
import { HttpCache } from '#src/cache/http-cache.js';
import { resolveHttpPolicy } from '#src/cache/http-policy.js';
import type { HttpPolicyOptions } from '#src/cache/http-policy-options.js';
import { makeRequest, OriginDouble, textOf, xCache, type RequestInit } from './make-http-cache.js';

/** A store behind the memory that keeps bytes, as Redis and a disk do. */
class ByteStore implements CacheStore {
  readonly name = 'bytes';
  readonly bytes = new Map<string, Uint8Array>();

  get(key: string): Promise<CacheEntry | undefined> {
    const found = this.bytes.get(key);
    return Promise.resolve(found && decodeEntry(found));
  }

  getMany(keys: readonly string[]): Promise<(CacheEntry | undefined)[]> {
    return Promise.all(keys.map((key) => this.get(key)));
  }

  set(key: string, entry: CacheEntry): Promise<void> {
    this.bytes.set(key, encodeEntry(entry));
    return Promise.resolve();
  }

  delete(key: string): Promise<boolean> {
    return Promise.resolve(this.bytes.delete(key));
  }

  clear(): void {
    this.bytes.clear();
  }

  keys(): string[] {
    return [...this.bytes.keys()];
  }

  stats() {
    return { entries: this.bytes.size, bytes: undefined, evictions: 0 };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Nodes that share a store, a log and an origin. */
function makeNodes(options: { policy?: HttpPolicyOptions; store?: CacheStore; headers?: Record<string, string> } = {}) {
  const clock = new FakeClock();
  const store = options.store ?? new ByteStore();
  const log = new LocalInvalidationLog();
  const headers = options.headers ?? { 'Cache-Control': 'max-age=60', ETag: '"a"' };
  const origin = new OriginDouble(clock, (request) => ({ headers, body: request.headers.get('accept') ?? 'body' }));
  const policy = resolveHttpPolicy(options.policy);
  const makeNode = () => {
    const cache = createCache({ clock, store, log });
    const http = new HttpCache(cache, { random: () => 0.5 });
    const get = (target = '/', init?: RequestInit) => http.handle(makeRequest(target, init), origin.serve, policy);
    const settle = () => cache.parts.background.drain();
    return { cache, http, get, settle };
  };
  return { clock, store, origin, makeNode };
}

describe('HttpCache over two tiers', () => {
  it('answers on one node what another has stored, byte for byte', async () => {
    const { makeNode, origin, clock } = makeNodes();
    const [one, two] = [makeNode(), makeNode()];
    await one.get('/a');
    await one.settle();
    clock.advance(3_000);
    const answer = await two.get('/a');
    expect([xCache(answer), await textOf(answer), answer.headers.get('age')]).to.deep.equal(['HIT', 'body', '3']);
    expect(two.http.fresh(makeRequest('/a'), resolveHttpPolicy())!.ageSeconds).to.equal(3);
    expect(origin.calls).to.equal(1);
  });

  it('answers from the store alone where there is no memory', async () => {
    const clock = new FakeClock();
    const cache = createCache({ clock, memory: false, store: new ByteStore() });
    const http = new HttpCache(cache);
    const origin = new OriginDouble(clock, () => ({ headers: { 'Cache-Control': 'max-age=60', Vary: 'Foo' } }));
    const get = () => http.handle(makeRequest(), origin.serve, resolveHttpPolicy());
    await get();
    await cache.parts.background.drain();
    expect(xCache(await get())).to.equal('HIT');
    expect(cache.mostRequested()).to.deep.equal([['GET:http://example.com/', 2]]);
  });

  it('finds variants behind the memory', async () => {
    const { makeNode, origin } = makeNodes({ headers: { 'Cache-Control': 'max-age=60', Vary: 'Accept' } });
    const [one, two] = [makeNode(), makeNode()];
    for (const Accept of ['x', 'y']) await one.get('/a', { headers: { Accept } });
    await one.settle();
    for (const Accept of ['x', 'y']) {
      const answer = await two.get('/a', { headers: { Accept } });
      expect([xCache(answer), await textOf(answer)]).to.deep.equal(['HIT', Accept]);
    }
    expect(origin.calls).to.equal(2);
  });

  it('finds responses for other queries behind the memory', async () => {
    const { makeNode, origin } = makeNodes({
      headers: { 'Cache-Control': 'max-age=60', 'No-Vary-Search': 'params=("utm")' },
    });
    const [one, two] = [makeNode(), makeNode()];
    await one.get('/p?utm=1');
    await one.settle();
    expect(xCache(await two.get('/p?utm=2'))).to.equal('HIT');
    expect(origin.calls).to.equal(1);
  });

  it('finds parts behind the memory', async () => {
    const { makeNode, origin } = makeNodes();
    const [one, two] = [makeNode(), makeNode()];
    origin.handler = () => ({
      status: 206,
      headers: { 'Cache-Control': 'max-age=60', 'Content-Range': 'bytes 0-4/10' },
      body: '01234',
    });
    await one.get('/', { headers: { Range: 'bytes=0-4' } });
    await one.settle();
    const answer = await two.get('/', { headers: { Range: 'bytes=1-2' } });
    expect([answer.status, xCache(answer), await textOf(answer)]).to.deep.equal([206, 'HIT', '12']);
  });

  it('validates what is found behind the memory', async () => {
    const { makeNode, origin, clock } = makeNodes();
    const [one, two] = [makeNode(), makeNode()];
    await one.get();
    await one.settle();
    clock.advance(61_000);
    origin.handler = () => ({ status: 304, body: null, headers: { 'Cache-Control': 'max-age=60' } });
    expect(xCache(await two.get())).to.equal('REVALIDATED');
    expect(origin.lastHeaders.get('if-none-match')).to.equal('"a"');
  });

  it('never serves on any node what was purged on one', async () => {
    const { makeNode } = makeNodes();
    const [one, two] = [makeNode(), makeNode()];
    await one.get();
    await one.settle();
    expect(xCache(await two.get())).to.equal('HIT');
    await one.cache.invalidate('GET:http://example.com/');
    expect(xCache(await two.get())).to.equal('MISS');
  });

  it('asks the origin once for many, though the store is asked by each', async () => {
    const { makeNode, origin } = makeNodes();
    const { get } = makeNode();
    const answers = await Promise.all(Array.from({ length: 50 }, () => get()));
    expect(origin.calls).to.equal(1);
    expect(answers.filter((answer) => xCache(answer) === 'MISS')).to.have.length(50);
  });

  it('goes on from memory and the origin when the store fails, freezes or loses writes', async () => {
    for (const trouble of ['fail', 'freeze', 'loseWrites'] as const) {
      const clock = new FakeClock();
      const chaos = new ChaosStore(new MemoryStore({ clock }), clock);
      const { makeNode } = makeNodes({ store: chaos });
      const { get, cache } = makeNode();
      if (trouble === 'fail') chaos.fail(new Error('down'));
      else chaos[trouble]();
      const first = get();
      await (cache.clock as FakeClock).advanceAsync(1_000);
      expect(xCache(await first), trouble).to.equal('MISS');
      expect(xCache(await get()), trouble).to.equal('HIT');
    }
  });

  it('keeps every stored field and instant through bytes', async () => {
    const store = new ByteStore();
    const { makeNode, clock } = makeNodes({
      store,
      policy: { surrogateFields: 'strip', etagFromBody: true },
      headers: { 'CDN-Cache-Control': 'max-age=60', 'X-Latin': 'é' },
    });
    const one = makeNode();
    await one.get();
    await one.settle();
    const policy = resolveHttpPolicy({ surrogateFields: 'strip' });
    const here = one.http.fresh(makeRequest(), policy)!;
    const two = makeNode();
    await two.http.handle(makeRequest(), () => Promise.reject(new Error('not asked')), policy);
    const there = two.http.fresh(makeRequest(), policy)!;
    expect({ ...there.stored, body: Buffer.from(there.stored.body) }).to.deep.equal({
      ...here.stored,
      body: Buffer.from(here.stored.body),
    });
    expect(there.record.entry.freshUntil).to.equal(clock.now() + 60_000);
  });
});
