import { expect } from 'chai';
import { FakeClock } from '@cachewarp/core/testing';
import { ServiceMaker } from '../support/make-service.js';

describe('what the service says of itself', () => {
  const services = new ServiceMaker();
  afterEach(() => services.closeAll());

  it('counts hits, misses, entries, bytes and what left memory by cause, exactly', async () => {
    const clock = new FakeClock();
    const service = await services.make({ clock, memory: { maxEntries: 5, policy: 'lru' } });
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await service.put(key, key, { ttl: 60, tags: ['t'] });
    await service.put('g', 'again', { ttl: 10 });
    for (const key of ['g', 'g', 'f', 'a', 'x']) await service.get(key);
    await service.ask('DELETE', '/cache/f');
    clock.advance(10_000);
    await service.get('g');
    clock.advance(5_000);
    const { json } = await service.ask('GET', '/stats');
    expect(json).to.deep.include({
      hits: 3,
      misses: 3,
      hitRate: 0.5,
      entries: 3,
      memory: { policy: 'lru', maxBytes: 64 * 1024 ** 2, maxEntries: 5 },
      evictions: { room: 2, expired: 1, invalidated: 1, replaced: 1 },
      uptimeSeconds: 15,
      store: null,
      writes: { policy: 'write-through', backing: false, queue: null },
    });
    expect(json.latencyMs.get.count).to.equal(6);
    expect(json.latencyMs.put.count).to.equal(8);
    const { p50, p95, p99, max } = json.latencyMs.get;
    expect(p50).to.be.above(0);
    expect([p50, p95, p99, max]).to.deep.equal([p50, p95, p99, max].sort((a, b) => a - b));
    await service.ask('POST', '/invalidate', { json: { tag: 't' } });
    expect((await service.ask('GET', '/stats')).json).to.deep.include({ entries: 0, bytes: 0 });
  });

  it('holds 10,000 keys of 4 KB under 16 MB in its bound, and tells hits and evictions as they were', async () => {
    const service = await services.make({ memory: { maxBytes: '16mb' } });
    const keys = Array.from({ length: 10_000 }, (_, index) => `key:${index}`);
    const value = 'v'.repeat(4096);
    for (let at = 0; at < keys.length; at += 500) {
      const set = keys.slice(at, at + 500).map((key) => ({ key, value }));
      expect((await service.ask('POST', '/cache/batch', { json: { set } })).status).to.equal(200);
    }
    const filled = (await service.ask('GET', '/stats')).json;
    expect(filled.bytes).to.be.within(15 * 1024 ** 2, 16 * 1024 ** 2);
    expect(filled.entries).to.equal(10_000 - filled.evictions.room);
    expect(filled.entries * 4096).to.be.below(16 * 1024 ** 2);
    let present = 0;
    for (let at = 0; at < keys.length; at += 500) {
      const { json } = await service.ask('POST', '/cache/batch', { json: { get: keys.slice(at, at + 500) } });
      present += json.get.filter((entry: unknown) => entry !== null).length;
    }
    const read = (await service.ask('GET', '/stats')).json;
    expect(read).to.deep.include({ hits: present, misses: 10_000 - present, entries: filled.entries });
    expect(present).to.equal(filled.entries);
    expect(read.hitRate).to.equal(present / 10_000);
  }).timeout(60_000);

  it('serves the document that it is tested against', async () => {
    const service = await services.make({ limits: { keyBytes: 99 } });
    const { json, headers } = await service.ask('GET', '/openapi.json');
    expect(json.openapi).to.equal('3.1.0');
    expect(json.components.parameters.Key.description).to.contain('1 to 99 bytes');
    expect(headers.get('content-type')).to.equal('application/json; charset=utf-8');
  });
});
