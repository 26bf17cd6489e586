import { expect } from 'chai';
import { MemoryStore } from '@cachewarp/core';
import type { BackedValue, Backing } from '#src/backing/backing.js';
import { ServiceMaker, type Service } from '../support/make-service.js';

class MapBacking implements Backing {
  readonly data = new Map<string, BackedValue>();
  readonly calls: string[] = [];
  fault: Error | undefined;

  load(key: string): Promise<BackedValue | undefined> {
    return this.#do('load', key, () => this.data.get(key));
  }

  write(key: string, value: BackedValue): Promise<void> {
    return this.#do('write', key, () => void this.data.set(key, value));
  }

  remove(key: string): Promise<void> {
    return this.#do('remove', key, () => void this.data.delete(key));
  }

  text(key: string): string | undefined {
    const body = this.data.get(key)?.body;
    return body && Buffer.from(body).toString();
  }

  async #do<T>(what: string, key: string, act: () => T): Promise<T> {
    this.calls.push(`${what} ${key}`);
    await new Promise((resolve) => setImmediate(resolve));
    if (this.fault !== undefined) throw this.fault;
    return act();
  }
}

describe('write policies towards a backing', () => {
  const services = new ServiceMaker();
  afterEach(() => services.closeAll());

  const value = async (service: Service, key: string): Promise<unknown> => {
    const { status, json } = await service.get(key);
    return status === 200 ? json.value : undefined;
  };

  it('write-through has the value in the backing before the client has its answer, and then in the cache', async () => {
    const backing = new MapBacking();
    const service = await services.make({ backing });
    expect((await service.put('a', { n: 1 }, { ttl: 60, tags: ['t'] })).status).to.equal(201);
    expect(backing.data.get('a')).to.deep.include({ contentType: 'application/json', ttl: 60, tags: ['t'] });
    expect(backing.text('a')).to.equal('{"n":1}');
    expect(await value(service, 'a')).to.deep.equal({ n: 1 });
    expect((await service.ask('DELETE', '/cache/a')).status).to.equal(204);
    expect(await value(service, 'a')).to.equal(undefined);
    expect(backing.calls).to.deep.equal(['write a', 'remove a', 'load a']);
  });

  it('write-around drops the key, so that the next read loads it, once for all who ask', async () => {
    const backing = new MapBacking();
    const service = await services.make({ backing, writePolicy: 'write-around' });
    await service.put('a', 1);
    const values = await Promise.all(Array.from({ length: 20 }, () => value(service, 'a')));
    expect(new Set(values)).to.deep.equal(new Set([1]));
    await service.put('a', 2);
    expect(await value(service, 'a')).to.equal(2);
    expect(backing.calls).to.deep.equal(['write a', 'load a', 'write a', 'load a']);
  });

  it('write-behind answers first, reads see the newest, and the end of the service writes what waits', async () => {
    const backing = new MapBacking();
    const service = await services.make({
      backing,
      writePolicy: 'write-behind',
      writeBehind: { delay: '1h' },
      memory: { maxBytes: '64kb' },
    });
    for (let n = 1; n <= 100; n++) expect((await service.put('a', n)).status).to.be.oneOf([200, 201]);
    expect(backing.calls).to.deep.equal([]);
    expect((await service.ask('GET', '/stats')).json.writes.queue).to.include({ waiting: 1, written: 0 });
    await service.ask('POST', '/invalidate', { json: { all: true } });
    expect(await value(service, 'a'), 'though it is not in the backing yet').to.equal(100);
    await service.ask('DELETE', '/cache/b');
    expect(await service.drain()).to.deep.equal({ lost: 0 });
    expect(backing.text('a')).to.equal('100');
    expect(backing.calls.filter((call) => call === 'write a')).to.have.length(1);
  });

  it('write-behind turns writes away when its queue is full, and keeps nothing of them', async () => {
    const service = await services.make({
      backing: new MapBacking(),
      writePolicy: 'write-behind',
      writeBehind: { maxEntries: 2, delay: '1h' },
    });
    expect((await service.put('a', 1)).status).to.equal(201);
    expect((await service.put('b', 1)).status).to.equal(201);
    const refused = await service.put('c', 1);
    expect([refused.status, refused.headers.get('retry-after')]).to.deep.equal([503, '1']);
    expect(await value(service, 'c')).to.equal(undefined);
    expect((await service.put('a', 2)).status, 'in the place of the one that waits').to.equal(200);
  });

  it('reads through: tags, ttl and media type come from the backing, and an absence is not kept', async () => {
    const backing = new MapBacking();
    backing.data.set('image', { contentType: 'image/png', body: Uint8Array.of(1, 2), ttl: 30, tags: ['t'] });
    const service = await services.make({ backing });
    const seen = await service.get('image');
    expect([[...seen.bytes], seen.headers.get('content-type')]).to.deep.equal([[1, 2], 'image/png']);
    expect(seen.headers.get('cache-control')).to.match(/max-age=(29|30)/);
    expect((await service.get('b')).status).to.equal(404);
    backing.data.set('b', { contentType: 'application/json', body: Buffer.from('7') });
    expect(await value(service, 'b')).to.equal(7);
    await service.ask('POST', '/invalidate', { json: { tag: 't' } });
    backing.data.delete('image');
    expect((await service.get('image')).status).to.equal(404);
  });

  it('answers 502 where the backing fails, and does not keep what may not be there', async () => {
    const backing = new MapBacking();
    const service = await services.make({ backing });
    await service.put('a', 1);
    backing.fault = new Error('gone');
    for (const seen of [await service.put('a', 2), await service.ask('DELETE', '/cache/a'), await service.get('b')]) {
      expect(seen.json).to.deep.equal({
        type: 'about:blank',
        title: 'Bad Gateway',
        status: 502,
        detail: 'What is behind the cache failed.',
      });
    }
    expect(service.faults.splice(0)).to.have.length(3);
    backing.fault = undefined;
    expect(await value(service, 'a'), 'asked anew').to.equal(1);
  });

  it('judges conditions by what the backing has', async () => {
    const backing = new MapBacking();
    backing.data.set('a', { contentType: 'application/json', body: Buffer.from('1') });
    const service = await services.make({ backing });
    expect(
      (await service.ask('PUT', '/cache/a', { json: { value: 2 }, headers: { 'if-none-match': '*' } })).status,
    ).to.equal(412);
    const { headers } = await service.get('a');
    expect(
      (await service.ask('PUT', '/cache/a', { json: { value: 2 }, headers: { 'if-match': headers.get('etag')! } }))
        .status,
    ).to.equal(200);
    expect(backing.text('a')).to.equal('2');
  });
});

describe('write policies towards a store', () => {
  const services = new ServiceMaker();
  afterEach(() => services.closeAll());

  /** A store that fails when it is told to, or takes its time. */
  class FaultyStore extends MemoryStore {
    isBroken = false;
    gate: Promise<void> | undefined;
    override set(...given: Parameters<MemoryStore['set']>): void {
      if (this.isBroken) throw new Error('read-only');
      if (this.gate === undefined) return super.set(...given);
      return this.gate.then(() => super.set(...given)) as unknown as void;
    }
  }

  it('write-through says 202 where the store did not confirm to have it, and serves it all the same', async () => {
    const store = new FaultyStore();
    const service = await services.make({ store });
    const good = await service.put('a', 1);
    expect([good.status, good.json.confirmed]).to.deep.equal([201, true]);
    store.isBroken = true;
    const bad = await service.put('b', 1);
    expect([bad.status, bad.json.confirmed]).to.deep.equal([202, false]);
    expect((await service.get('b')).json.value).to.equal(1);
    const { json } = await service.ask('GET', '/stats');
    expect(json.store).to.include({ name: 'memory', errors: 1 });
  });

  it('write-around keeps it in the store alone', async () => {
    const store = new FaultyStore();
    const service = await services.make({ store, writePolicy: 'write-around' });
    await service.put('a', 1);
    expect((await service.ask('GET', '/stats')).json.entries).to.equal(0);
    expect((await service.get('a')).json.value).to.equal(1);
    expect((await service.ask('GET', '/stats')).json.entries).to.equal(1);
  });

  it('write-behind does not wait for the store, up to its bound', async () => {
    const store = new FaultyStore();
    const service = await services.make({
      store,
      writePolicy: 'write-behind',
      writeBehind: { maxEntries: 2 },
      storeTimeout: 30,
    });
    let release!: () => void;
    store.gate = new Promise((resolve) => (release = resolve));
    expect((await service.put('a', 1)).status).to.equal(201);
    expect((await service.put('b', 1)).status).to.equal(201);
    const third = service.put('c', 1);
    const word = await Promise.race([third.then(() => 'answered'), service.ask('GET', '/health').then(() => 'waits')]);
    expect(word).to.equal('waits');
    release();
    expect((await third).status).to.equal(201);
  });
});
