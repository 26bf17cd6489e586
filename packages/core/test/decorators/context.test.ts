import { AsyncLocalStorage } from 'node:async_hooks';
import { rejects } from 'node:assert/strict';
import { expect } from 'chai';
import { InvalidOptionError } from '#src/base/errors.js';
import { bindCache } from '#src/container/bound-cache.js';
import { declareContext } from '#src/container/context-dimensions.js';
import { CacheResponse } from '#src/decorators/cache-response.js';
import { Invalidates } from '#src/decorators/invalidates.js';
import { cacheOf } from '#src/decorators/method-handle.js';
import { defineKey } from '#src/key/key-family.js';
import { makeCache } from '../engine/make-cache.js';
import { familyName, protocol } from './protocol.js';

interface Request {
  readonly tenant?: string;
  readonly locale?: string;
}

const docById = defineKey(familyName('context.doc'), (id: string) => [id]);

class Docs {
  calls = 0;
  region = 'eu';

  @CacheResponse(60, { key: docById })
  async find(_id: string): Promise<number> {
    return ++this.calls;
  }

  @CacheResponse(60, { context: ['locale'] })
  async inLocale(_id: string): Promise<number> {
    return ++this.calls;
  }

  @CacheResponse(60, { context: [] })
  async anywhere(_id: string): Promise<number> {
    return ++this.calls;
  }

  @CacheResponse(60, { context: { tenant: true, region: (call) => call.self.region } })
  async inRegion(_id: string): Promise<number> {
    return ++this.calls;
  }

  @CacheResponse(60, { context: ['user'] })
  async undeclared(_id: string): Promise<number> {
    return ++this.calls;
  }

  @Invalidates(docById)
  async save(_id: string): Promise<void> {}
}

function makeDocs() {
  const request = new AsyncLocalStorage<Request>();
  const { cache } = makeCache();
  declareContext(cache, {
    tenant: () => request.getStore()?.tenant,
    locale: () => request.getStore()?.locale,
  });
  const docs = new Docs();
  bindCache(docs, cache);
  return { docs, cache, as: <R>(store: Request, action: () => R): R => request.run(store, action) };
}

describe(`context (${protocol})`, () => {
  it('is part of every key: what the cache declares, read at each call', async () => {
    const { docs, cache, as } = makeDocs();
    for (let round = 0; round < 3; round++) {
      expect(await as({ tenant: 'a' }, () => docs.find('1'))).to.equal(1);
      expect(await as({ tenant: 'b' }, () => docs.find('1'))).to.equal(2);
      expect(await as({ tenant: 'a', locale: 'de' }, () => docs.find('1'))).to.equal(3);
      expect(await docs.find('1')).to.equal(4);
    }
    expect(as({ tenant: 'a', locale: 'de' }, () => cacheOf(docs).find.keyFor('1'))).to.equal(
      `${familyName('context.doc')}("1")[locale="de",tenant="a"]`,
    );
    expect(cache.keys(docById.prefix)).to.have.length(4);
  });

  it('may be narrowed by the method, or be of its own', async () => {
    const { docs, as } = makeDocs();
    const twice = async (call: () => Promise<number>): Promise<number[]> => [await call(), await call()];
    const requests: Request[] = [{ tenant: 'a', locale: 'de' }, { tenant: 'b', locale: 'de' }, { tenant: 'b' }];

    const inLocale: number[][] = [];
    for (const request of requests) inLocale.push(await as(request, () => twice(() => docs.inLocale('1'))));
    expect(inLocale).to.deep.equal([
      [1, 1],
      [1, 1],
      [2, 2],
    ]);

    docs.calls = 0;
    for (const request of requests) expect(await as(request, () => docs.anywhere('1'))).to.equal(1);

    docs.calls = 0;
    const inRegion: number[] = [];
    for (const request of requests) inRegion.push(await as(request, () => docs.inRegion('1')));
    docs.region = 'us';
    inRegion.push(await as({ tenant: 'b' }, () => docs.inRegion('1')));
    expect(inRegion).to.deep.equal([1, 2, 2, 3]);
  });

  it('does not matter to an invalidation: the key of the arguments is dropped in every context', async () => {
    const { docs, cache, as } = makeDocs();
    const readAll = async (): Promise<number[]> => [
      await as({ tenant: 'a' }, () => docs.find('1')),
      await as({ tenant: 'b' }, () => docs.find('1')),
      await as({ tenant: 'a' }, () => docs.find('2')),
    ];
    expect(await readAll()).to.deep.equal([1, 2, 3]);
    await as({ tenant: 'c' }, () => docs.save('1'));
    expect(await readAll()).to.deep.equal([4, 5, 3]);
    await cacheOf(docs).find.invalidate('1');
    expect(await readAll()).to.deep.equal([6, 7, 3]);
    await cache.invalidate(docById.of('2'));
    expect(await readAll()).to.deep.equal([6, 7, 8]);
  });

  it('fences what is loading, primed or refreshed in another context', async () => {
    const { docs, as } = makeDocs();
    const handle = cacheOf(docs).find;
    const refreshing = as({ tenant: 'a' }, () => handle.refresh('1'));
    await docs.save('1');
    await refreshing;
    expect(as({ tenant: 'a' }, () => handle.peek('1'))).to.equal(undefined);

    await as({ tenant: 'a' }, () => handle.prime(9, '1'));
    expect(as({ tenant: 'a' }, () => handle.peek('1'))).to.equal(9);
    expect(as({ tenant: 'b' }, () => handle.peek('1'))).to.equal(undefined);
    await docs.save('1');
    expect(as({ tenant: 'a' }, () => handle.peek('1'))).to.equal(undefined);
  });

  it('rejects the call when a named dimension is not declared, or cannot be read', async () => {
    const { docs, cache } = makeDocs();
    await rejects(docs.undeclared('1'), (error) => {
      return error instanceof InvalidOptionError && /declared .* \(tenant, locale\), got "user"$/.test(error.message);
    });
    expect(docs.calls).to.equal(0);

    declareContext(cache, {
      tenant: () => {
        throw new Error('no request');
      },
    });
    class Other extends Docs {}
    const other = new Other();
    bindCache(other, cache);
    await rejects(other.inRegion('1'), { message: 'no request' });
  });
});
