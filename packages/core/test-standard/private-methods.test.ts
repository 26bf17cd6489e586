import { expect } from 'chai';
import { bindCache } from '#src/container/bound-cache.js';
import { CacheResponse } from '#src/decorators/cache-response.js';
import { Invalidates } from '#src/decorators/invalidates.js';
import { cacheOf } from '#src/decorators/method-handle.js';
import { createCache } from '#src/engine/create-cache.js';

/* Only standard decorators can stand on #private methods. */
describe('a #private method (standard decorators)', () => {
  it('is cached, with callbacks typed after it and after the instance', async () => {
    class Rates {
      calls = 0;
      readonly market = 'EU';

      @CacheResponse(60, {
        key(currency) {
          return [this.market, currency];
        },
        tags: (rate, call) => [`${call.self.market}:${rate.toFixed(0)}`],
      })
      async #load(currency: string): Promise<number> {
        this.calls++;
        return currency.length;
      }

      rate(currency: string): Promise<number> {
        return this.#load(currency);
      }
    }
    const cache = createCache();
    const rates = new Rates();
    bindCache(rates, cache);

    expect([await rates.rate('EUR'), await rates.rate('EUR')]).to.deep.equal([3, 3]);
    expect(rates.calls).to.equal(1);
    await cache.invalidate({ tag: 'EU:3' });
    await rates.rate('EUR');
    expect(rates.calls).to.equal(2);
  });

  it('is kept apart from the public method and from the #private method of a subclass of the same name', async () => {
    class Base {
      @CacheResponse(60)
      async #find(id: string): Promise<string> {
        return `base ${id}`;
      }

      @CacheResponse(60)
      async find(id: string): Promise<string> {
        return `public ${id} over ${await this.#find(id)}`;
      }
    }
    class Derived extends Base {
      @CacheResponse(60)
      async #find(id: string): Promise<string> {
        return `derived ${id}`;
      }

      async findDerived(id: string): Promise<string> {
        return this.#find(id);
      }
    }
    const derived = new Derived();
    bindCache(derived, createCache());

    expect(await derived.find('1')).to.equal('public 1 over base 1');
    expect(await derived.findDerived('1')).to.equal('derived 1');
    expect(await derived.find('1')).to.equal('public 1 over base 1');
  });

  it('may be static', async () => {
    let calls = 0;
    // oxlint-disable-next-line typescript/no-extraneous-class -- it is about static methods
    class Settings {
      @CacheResponse(60)
      static async #read(name: string): Promise<string> {
        calls++;
        return name;
      }

      static read(name: string): Promise<string> {
        return Settings.#read(name);
      }
    }
    bindCache(Settings, createCache());

    await Settings.read('a');
    await Settings.read('a');
    expect(calls).to.equal(1);
  });

  it('may invalidate', async () => {
    class Counter {
      value = 0;

      @CacheResponse(60)
      async read(): Promise<number> {
        return this.value;
      }

      @Invalidates({ prefix: 'Counter.read(' })
      async #write(value: number): Promise<void> {
        this.value = value;
      }

      write(value: number): Promise<void> {
        return this.#write(value);
      }
    }
    const counter = new Counter();
    bindCache(counter, createCache());

    expect(await counter.read()).to.equal(0);
    await counter.write(5);
    expect(cacheOf(counter).read.peek()).to.equal(undefined);
    expect(await counter.read()).to.equal(5);
  });
});
