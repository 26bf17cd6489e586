import 'reflect-metadata';
import { rejects } from 'node:assert/strict';
import { expect } from 'chai';
import { container as rootContainer, type DependencyContainer } from 'tsyringe';
import { InvalidOptionError, UnboundCacheError } from '#src/base/errors.js';
import { bindCaching } from '#src/container/bind-caching.js';
import { registerCacheWarp } from '#src/container/register-cache-warp.js';
import { CACHE } from '#src/container/tokens.js';
import { configureCaching } from '#src/container/unbound.js';
import { CacheResponse } from '#src/decorators/cache-response.js';
import { Invalidates } from '#src/decorators/invalidates.js';
import { createCache } from '#src/engine/create-cache.js';
import { warningsDuring } from '../decorators/bound.js';
import { protocol } from '../decorators/protocol.js';

/** A class of its own for each test: which classes were warned about, and which families are claimed, is remembered. */
function makeService() {
  class Service {
    calls = 0;

    @CacheResponse(60)
    async read(_id: string): Promise<number> {
      return ++this.calls;
    }

    @Invalidates('Service.read("1")')
    async write(): Promise<void> {}

    @CacheResponse(60, { unbound: 'throw' })
    async strict(): Promise<number> {
      return 1;
    }

    @Invalidates('x', { unbound: 'throw' })
    async strictWrite(): Promise<number> {
      return ++this.calls;
    }

    @CacheResponse(60, { unbound: 'passthrough' })
    async lenient(): Promise<number> {
      return 1;
    }
  }
  return Service;
}

describe(`registerCacheWarp (${protocol})`, () => {
  afterEach(() => {
    rootContainer.reset();
    configureCaching({ unbound: 'passthrough' });
  });

  it('registers a Cache under the CACHE token and returns it', () => {
    const cache = registerCacheWarp(rootContainer, { name: 'app' });
    expect(cache.name).to.equal('app');
    expect(rootContainer.resolve(CACHE)).to.equal(cache);
  });

  it('serves every decorated method from the root container, however its instance was made', async () => {
    const cache = registerCacheWarp(rootContainer);
    const service = new (makeService())();
    for (let round = 0; round < 3; round++) await service.read('1');
    expect(service.calls).to.equal(1);
    await service.write();
    await service.read('1');
    expect(service.calls).to.equal(2);
    expect((await cache.stats()).hits).to.equal(2);
  });

  it('registers a Cache that is there already, and leaves it open when the container goes', async () => {
    const child = rootContainer.createChildContainer();
    const given = createCache();
    expect(registerCacheWarp(child, { cache: given })).to.equal(given);
    await child.dispose();
    await given.set('k', 1);
    expect(given.peek('k')).to.equal(1);
  });

  it('closes the Cache that it made when the container is disposed', async () => {
    const child = rootContainer.createChildContainer();
    const cache = registerCacheWarp(child);
    await child.dispose();
    await rejects(cache.set('k', 1), { code: 'ERR_CACHEWARP_CLOSED' });
  });

  it('replaces the Cache when it is called again, for the very next call', async () => {
    registerCacheWarp(rootContainer);
    const service = new (makeService())();
    for (let round = 0; round < 3; round++) await service.read('1');
    const second = registerCacheWarp(rootContainer);
    for (let round = 0; round < 3; round++) await service.read('1');
    expect(service.calls).to.equal(2);
    expect(second.keys()).to.deep.equal(['Service.read("1")']);
  });

  it('is not needed for a Cache that was registered under the token by hand', async () => {
    const service = new (makeService())();
    for (let registered = 1; registered <= 2; registered++) {
      rootContainer.registerInstance(CACHE, createCache());
      for (let round = 0; round < 3; round++) await service.read('1');
      expect(service.calls).to.equal(registered);
    }
  });

  it('ends with a reset of the container: what loads or invalidates afterwards is unbound', async () => {
    registerCacheWarp(rootContainer);
    const service = new (makeService())();
    for (let round = 0; round < 3; round++) await service.read('1');
    rootContainer.reset();
    expect(await warningsDuring(() => service.write())).to.have.length(1);
    await service.read('1');
    await service.read('1');
    expect(service.calls).to.equal(3);
  });

  it('refuses what is no container', () => {
    expect(() => registerCacheWarp(undefined as never)).to.throw(
      InvalidOptionError,
      'container must be a container of tsyringe, got undefined',
    );
    expect(() => registerCacheWarp({ memory: {} } as never)).to.throw(InvalidOptionError, 'container must be');
  });

  it('refuses unknown options, and other options beside a Cache', () => {
    expect(() => registerCacheWarp(rootContainer, { ttl: 5 } as never)).to.throw(
      InvalidOptionError,
      'ttl is not an option',
    );
    expect(() => registerCacheWarp(rootContainer, { cache: createCache(), name: 'x' })).to.throw(
      'name is not an option',
    );
    expect(() => registerCacheWarp(rootContainer, { cache: {} as never })).to.throw(
      'cache must be a Cache made by createCache',
    );
    expect(() => registerCacheWarp(rootContainer, { context: { tenant: 'a' as never } })).to.throw(
      'context.tenant must be a function, got "a"',
    );
    expect(rootContainer.isRegistered(CACHE)).to.equal(false);
  });

  describe('without a Cache', () => {
    it('a decorated method runs uncached, and one warning for its class names it and the remedy', async () => {
      const Service = makeService();
      const warnings = await warningsDuring(async () => {
        const [first, second] = [new Service(), new Service()];
        expect([await first.read('1'), await first.read('1')]).to.deep.equal([1, 2]);
        await second.read('1');
        await second.write();
      });
      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.match(/^Service\.read is decorated, but no cache is bound/);
      expect(warnings[0])
        .to.include('registerCacheWarp(container')
        .and.to.include('bindCaching(childContainer, Service)');
    });

    it('a decorated call is rejected where configureCaching says so, before anything has run', async () => {
      configureCaching({ unbound: 'throw' });
      const service = new (makeService())();
      await rejects(service.read('1'), (error) => {
        return error instanceof UnboundCacheError && error.message.startsWith('Service.read is decorated');
      });
      await rejects(service.write(), UnboundCacheError);
      expect(service.calls).to.equal(0);
    });

    it('the decorator has the last word', async () => {
      const service = new (makeService())();
      await rejects(service.strict(), UnboundCacheError);
      await rejects(service.strictWrite(), UnboundCacheError);
      configureCaching({ unbound: 'throw' });
      await warningsDuring(async () => expect(await service.lenient()).to.equal(1));
    });

    it('a method without an instance is unbound, too', async () => {
      registerCacheWarp(rootContainer);
      class Service {
        @CacheResponse(60)
        async read(this: unknown, id: string): Promise<string> {
          return `${id} on ${typeof this}`;
        }
      }
      const read: (id: string) => Promise<string> = Object.getOwnPropertyDescriptor(Service.prototype, 'read')!.value;
      const warnings = await warningsDuring(async () =>
        expect(await read.call(undefined, '1')).to.equal('1 on undefined'),
      );
      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.include('it was called without its instance');
    });

    it('configureCaching refuses what it does not know', () => {
      expect(() => configureCaching({ unbound: 'ignore' as never })).to.throw(InvalidOptionError, 'got "ignore"');
      expect(() => configureCaching({ bound: 1 } as never)).to.throw(InvalidOptionError, 'bound is not an option');
    });
  });
});

describe(`bindCaching (${protocol})`, () => {
  afterEach(() => rootContainer.reset());

  function tenant(name: string): DependencyContainer {
    const child = rootContainer.createChildContainer();
    registerCacheWarp(child, { name });
    return child;
  }

  it('keeps child containers, and the root, isolated from one another', async () => {
    const root = registerCacheWarp(rootContainer, { name: 'root' });
    const Service = makeService();
    const [a, b] = [tenant('a'), tenant('b')];
    bindCaching(a, Service);
    bindCaching(b, Service);
    const services = [a.resolve(Service), b.resolve(Service), rootContainer.resolve(Service), a.resolve(Service)];
    for (let round = 0; round < 3; round++) for (const service of services) await service.read('1');

    expect(services.map(({ calls }) => calls)).to.deep.equal([1, 1, 1, 0]);
    for (const cache of [a.resolve(CACHE), b.resolve(CACHE), root]) expect(cache.keys()).to.have.length(1);
    await services[0]!.write();
    for (const service of services) await service.read('1');
    expect(services.map(({ calls }) => calls)).to.deep.equal([2, 1, 1, 0]);
  });

  it('binds what is resolved as a dependency, under another token, or among several', async () => {
    const Service = makeService();
    class Consumer {
      constructor(readonly service: InstanceType<typeof Service>) {}
    }
    const child = tenant('a');
    child.register(Consumer, { useFactory: (container) => new Consumer(container.resolve(Service)) });
    child.register('service', { useClass: Service });
    bindCaching(child, Service, 'service');

    const instances = [
      child.resolve(Consumer).service,
      child.resolve<InstanceType<typeof Service>>('service'),
      ...child.resolveAll<InstanceType<typeof Service>>('service'),
    ];
    for (const instance of instances) await instance.read('1');
    expect(instances.map(({ calls }) => calls)).to.deep.equal([1, 0, 0]);
  });

  it('binds frozen instances, and leaves no trace that copies or comparisons would see', async () => {
    const Service = makeService();
    let calls = 0;
    class Frozen {
      constructor() {
        Object.freeze(this);
      }

      @CacheResponse(60)
      async read(): Promise<number> {
        return ++calls;
      }
    }
    const child = tenant('a');
    bindCaching(child, Service, Frozen);
    const frozen = child.resolve(Frozen);
    expect([await frozen.read(), await frozen.read()]).to.deep.equal([1, 1]);

    const service = child.resolve(Service);
    expect(service).to.deep.equal(new Service());
    expect(Object.getOwnPropertySymbols({ ...service })).to.deep.equal([]);
  });

  it("uses the parent's Cache where the container has none", async () => {
    const cache = registerCacheWarp(rootContainer);
    const Service = makeService();
    const child = rootContainer.createChildContainer();
    bindCaching(child, Service);
    await child.resolve(Service).read('1');
    expect(cache.keys()).to.have.length(1);
  });

  it('refuses to hand out an instance that another container has bound to another Cache', () => {
    const Service = makeService();
    rootContainer.registerSingleton(Service);
    const [a, b] = [tenant('a'), tenant('b')];
    bindCaching(a, Service);
    bindCaching(b, Service);
    expect(a.resolve(Service)).to.equal(a.resolve(Service));
    expect(() => b.resolve(Service)).to.throw(
      InvalidOptionError,
      /bindCaching\(Service\).*uses the cache "a" already.*got "b"/,
    );
  });

  it('binds the instances of a container anew when its Cache was replaced', async () => {
    const Service = makeService();
    const child = tenant('first');
    child.registerSingleton(Service);
    bindCaching(child, Service);
    await child.resolve(Service).read('1');
    const second = registerCacheWarp(child, { name: 'second' });
    await child.resolve(Service).read('1');
    expect(second.keys()).to.have.length(1);
  });
});
