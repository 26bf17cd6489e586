import { rejects } from 'node:assert/strict';
import { inspect } from 'node:util';
import { expect } from 'chai';
import { InvalidOptionError, UnboundCacheError } from '#src/base/errors.js';
import { bindCache } from '#src/container/bound-cache.js';
import { CacheResponse } from '#src/decorators/cache-response.js';
import { cacheOf } from '#src/decorators/method-handle.js';
import { bound, warningsDuring } from './bound.js';
import { makeCache } from '../engine/make-cache.js';
import { protocol } from './protocol.js';

class Prices {
  reads = 0;

  @CacheResponse('1m', { tags: (price, call) => [`price:${price}`, `sku:${call.args[0]}`] })
  async priceOf(_sku: string, currency = 'EUR'): Promise<number> {
    return currency === 'EUR' ? ++this.reads : -1;
  }

  async plain(): Promise<number> {
    return 1;
  }
}

describe(`cacheOf (${protocol})`, () => {
  it('tells the key of a call', async () => {
    const { service, cache } = bound(new Prices());
    expect(cacheOf(service).priceOf.keyFor('a', 'USD')).to.equal('Prices.priceOf("a","USD")');
    await service.priceOf('a', 'USD');
    expect(cache.keys()).to.deep.equal(['Prices.priceOf("a","USD")']);
  });

  it('peeks at what is fresh in memory, without counting', async () => {
    const { service, cache, clock } = bound(new Prices());
    const { priceOf } = cacheOf(service);
    expect(priceOf.peek('a')).to.equal(undefined);
    await service.priceOf('a');
    expect(priceOf.peek('a')).to.equal(1);
    clock.advance(60_000);
    expect(priceOf.peek('a')).to.equal(undefined);
    expect((await cache.stats()).hits).to.equal(0);
  });

  it('primes an entry under the options of the method', async () => {
    const { service, cache, clock } = bound(new Prices());
    const { priceOf } = cacheOf(service);
    await priceOf.prime(7, 'a');
    expect([await service.priceOf('a'), service.reads]).to.deep.equal([7, 0]);
    await cache.invalidate({ tag: 'sku:a' });
    expect(priceOf.peek('a')).to.equal(undefined);
    await priceOf.prime(8, 'a');
    clock.advance(60_000);
    expect(await service.priceOf('a')).to.equal(1);
  });

  it('refreshes: runs the method whatever is stored, and keeps the result', async () => {
    const { service, cache } = bound(new Prices());
    const { priceOf } = cacheOf(service);
    await service.priceOf('a');
    expect(await priceOf.refresh('a')).to.equal(2);
    expect([await service.priceOf('a'), service.reads]).to.deep.equal([2, 2]);
    await cache.invalidate({ tag: 'price:2' });
    expect(await service.priceOf('a')).to.equal(3);
  });

  it('invalidates the entry of one list of arguments', async () => {
    const { service, cache } = bound(new Prices());
    const { priceOf } = cacheOf(service);
    await Promise.all([service.priceOf('a'), service.priceOf('b')]);
    await priceOf.invalidate('a');
    expect([priceOf.peek('a'), priceOf.peek('b')]).to.deep.equal([undefined, 2]);
    expect(cache.history()[0]!.by).to.equal('cacheOf Prices.priceOf');
  });

  it('serves the static methods of a class, and inherited methods under the class of the instance', async () => {
    class Base {
      @CacheResponse(60)
      static async kind(_name: string): Promise<string> {
        return 'static';
      }

      @CacheResponse(60)
      async find(id: string): Promise<string> {
        return id;
      }
    }
    class Derived extends Base {}
    const { service } = bound(new Derived());
    bindCache(Base, makeCache().cache);
    expect(cacheOf(Base).kind.keyFor('a')).to.equal('Base.kind("a")');
    expect(cacheOf(Derived).kind.keyFor('a')).to.equal('Derived.kind("a")');
    expect(cacheOf(service).find.keyFor('1')).to.equal('Derived.find("1")');
  });

  it('refuses the name of a method that is not cached, also when it overrides one that is', () => {
    class Derived extends Prices {
      override async priceOf(): Promise<number> {
        return 0;
      }
    }
    const { service } = bound(new Prices());
    expect(() => cacheOf(service).plain).to.throw(
      InvalidOptionError,
      /cacheOf must name a method .*, got "Prices.plain"/,
    );
    expect(() => cacheOf(new Derived()).priceOf).to.throw(InvalidOptionError, 'got "Derived.priceOf"');
  });

  it('can be awaited and inspected', async () => {
    const handles = cacheOf(bound(new Prices()).service);
    expect(await Promise.resolve(handles)).to.equal(handles);
    expect(inspect(handles)).to.equal('{}');
  });

  it('without a cache, peeks at nothing, runs the method on refresh, has no keys, and says so once', async () => {
    class Unbound extends Prices {}
    const { priceOf } = cacheOf(new Unbound());
    const warnings = await warningsDuring(async () => {
      expect(priceOf.peek('a')).to.equal(undefined);
      expect(await priceOf.refresh('a')).to.equal(1);
      await priceOf.prime(1, 'a');
      await priceOf.invalidate('a');
      expect(() => priceOf.keyFor('a')).to.throw(UnboundCacheError, 'Unbound.priceOf');
    });
    expect(warnings).to.have.length(1);
  });

  it('without a cache, throws where that is an error', async () => {
    class Strict {
      @CacheResponse(60, { unbound: 'throw' })
      async find(): Promise<number> {
        return 1;
      }
    }
    const { find } = cacheOf(new Strict());
    expect(() => find.peek()).to.throw(UnboundCacheError);
    await rejects(find.refresh(), UnboundCacheError);
    await rejects(find.invalidate(), UnboundCacheError);
  });
});
