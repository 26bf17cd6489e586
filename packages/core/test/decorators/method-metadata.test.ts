import { expect } from 'chai';
import { CacheResponse } from '#src/decorators/cache-response.js';
import { Invalidates } from '#src/decorators/invalidates.js';
import { adoptMethod, methodCaching } from '#src/decorators/method-metadata.js';
import { cacheOf } from '#src/decorators/method-handle.js';
import { bound, warningsDuring } from './bound.js';
import { protocol } from './protocol.js';

function controllerWith(record: (what: string) => void) {
  const note = (what: string) => {
    return (target: unknown, _nameOrContext: unknown, descriptor?: PropertyDescriptor): any => {
      const method = (descriptor?.value ?? target) as (...args: unknown[]) => unknown;
      function noted(this: unknown, ...args: unknown[]): unknown {
        record(what);
        return method.apply(this, args);
      }
      if (descriptor === undefined) return noted;
      descriptor.value = noted;
    };
  };
  class Controller {
    @Invalidates('GET:/api/users/:id')
    @note('authorised')
    @CacheResponse(120, { jitter: 0.1 })
    @Invalidates({ tag: 'users' }, { before: true })
    async show(id: string): Promise<string> {
      record(`shown ${id}`);
      return id;
    }

    async plain(): Promise<number> {
      return 1;
    }

    @CacheResponse(5)
    static async show(): Promise<number> {
      return 2;
    }
  }
  return Controller;
}

describe(`methodCaching (${protocol})`, () => {
  it('tells the options, the invalidations in the order they are written, and the method before our decorators', async () => {
    const seen: string[] = [];
    const Controller = controllerWith((what) => seen.push(what));
    const caching = methodCaching(Controller, 'show')!;

    expect(caching.options).to.deep.equal({ ttl: 120, jitter: 0.1 });
    expect(caching.invalidates.map(({ targets, before }) => ({ targets, before }))).to.deep.equal([
      { targets: ['GET:/api/users/:id'], before: false },
      { targets: [{ tag: 'users' }], before: true },
    ]);
    expect(await caching.original.call(new Controller(), '7')).to.equal('7');
    expect(seen).to.deep.equal(['shown 7']);
  });

  it('knows inherited methods, and overriding ones by their own decorators', () => {
    const Controller = controllerWith(() => undefined);
    class Inheriting extends Controller {}
    class Overriding extends Controller {
      override async show(): Promise<string> {
        return '';
      }
    }
    class Redecorating extends Controller {
      @CacheResponse(1)
      override async show(): Promise<string> {
        return '';
      }
    }
    expect(methodCaching(Inheriting, 'show')?.options?.ttl).to.equal(120);
    expect(methodCaching(Overriding, 'show')).to.equal(undefined);
    expect(methodCaching(Redecorating, 'show')).to.deep.include({ options: { ttl: 1 }, invalidates: [] });
    expect(methodCaching(Controller, 'show')?.options?.ttl).to.equal(120);
  });

  it('knows nothing of methods without our decorators', () => {
    const Controller = controllerWith(() => undefined);
    expect(methodCaching(Controller, 'plain')).to.equal(undefined);
    expect(methodCaching(Controller, 'missing')).to.equal(undefined);
    expect(methodCaching(Object, 'toString')).to.equal(undefined);
  });
});

describe(`adoptMethod (${protocol})`, () => {
  it('leaves a method to its adapter: calls run it and what others decorated it with, and touch no cache', async () => {
    const seen: string[] = [];
    const Controller = controllerWith((what) => seen.push(what));
    const { service, cache } = bound(new Controller());
    await service.show('1');
    await service.show('1');
    expect(seen).to.deep.equal(['authorised', 'shown 1', 'authorised']);

    expect(adoptMethod(Controller, 'show')).to.equal(true);
    const before = { ...(await cache.stats()), history: cache.history().length };
    await service.show('1');
    expect(seen.slice(3)).to.deep.equal(['authorised', 'shown 1']);
    expect({ ...(await cache.stats()), history: cache.history().length }).to.deep.equal(before);
    expect(await warningsDuring(() => new Controller().show('2'))).to.deep.equal([]);
    expect(cacheOf(service).show.peek('1')).to.equal(undefined);
  });

  it('takes effect also for calls that were answered from memory just before', async () => {
    class Counter {
      calls = 0;

      @CacheResponse(60)
      async count(): Promise<number> {
        return ++this.calls;
      }
    }
    const { service } = bound(new Counter());
    for (let round = 0; round < 3; round++) expect(await service.count()).to.equal(1);
    adoptMethod(Counter, 'count');
    expect([await service.count(), await service.count()]).to.deep.equal([2, 3]);
  });

  it('says when there is nothing to adopt', () => {
    expect(
      adoptMethod(
        controllerWith(() => undefined),
        'plain',
      ),
    ).to.equal(false);
  });
});
