import 'reflect-metadata';
import { rejects } from 'node:assert/strict';
import { expect } from 'chai';
import fc from 'fast-check';
import { DuplicateKeyFamilyError, EncodeError, InvalidOptionError } from '#src/base/errors.js';
import { bindCache } from '#src/container/bound-cache.js';
import { CacheResponse } from '#src/decorators/cache-response.js';
import { createCache } from '#src/engine/create-cache.js';
import { defineKey } from '#src/key/key-family.js';
import { buildKey } from '#src/key/key-builder.js';
import { FakeClock } from '#src/testing/fake-clock.js';
import { makeCache } from '../engine/make-cache.js';
import { bound } from './bound.js';
import { familyName, protocol } from './protocol.js';

describe(`@CacheResponse (${protocol})`, () => {
  it('runs the method once per arguments, on the instance', async () => {
    class Users {
      readonly calls: string[] = [];

      @CacheResponse(60)
      async findById(id: string): Promise<{ id: string }> {
        this.calls.push(id);
        return { id };
      }
    }
    const { service } = bound(new Users());

    const first = await service.findById('1');
    expect(await service.findById('1')).to.equal(first);
    expect(await service.findById('1')).to.equal(first);
    expect(await service.findById('2')).to.deep.equal({ id: '2' });
    expect(service.calls).to.deep.equal(['1', '2']);
  });

  it('shares one run between concurrent callers, and its failure, which is not kept', async () => {
    class Users {
      calls = 0;

      @CacheResponse(60)
      async findById(_id: string): Promise<string> {
        if (++this.calls === 1) throw new Error('down');
        return 'up';
      }
    }
    const { service } = bound(new Users());

    const results = await Promise.allSettled([1, 2, 3].map(() => service.findById('1')));
    expect(results.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected', 'rejected']);
    expect(await service.findById('1')).to.equal('up');
    expect(service.calls).to.equal(2);
  });

  it('makes a synchronous throw of the method a rejection', async () => {
    class Users {
      @CacheResponse(60)
      findById(_id: string): Promise<string> {
        throw new Error('at once');
      }
    }
    const { service } = bound(new Users());
    await rejects(service.findById('1'), { message: 'at once' });
  });

  it('gives f(1), f("1"), f(1n), f(null), f(undefined) and f() six keys', async () => {
    class Service {
      calls = 0;

      @CacheResponse(60)
      async f(..._args: unknown[]): Promise<number> {
        return ++this.calls;
      }
    }
    const { service } = bound(new Service());
    const calls = [[1], ['1'], [1n], [null], [undefined], []];

    for (let round = 0; round < 3; round++) {
      const answers: number[] = [];
      for (const args of calls) answers.push(await service.f(...args));
      expect(answers).to.deep.equal([1, 2, 3, 4, 5, 6]);
    }
  });

  it('does not look at the order of the members of an argument', async () => {
    class Service {
      calls = 0;

      @CacheResponse(60)
      async search(_filter: object): Promise<number> {
        return ++this.calls;
      }
    }
    const { service } = bound(new Service());

    await service.search({ team: 7, sort: { by: 'name', up: true } });
    await service.search({ sort: { up: true, by: 'name' }, team: 7 });
    expect(service.calls).to.equal(1);
    await service.search({ sort: { up: false, by: 'name' }, team: 7 });
    expect(service.calls).to.equal(2);
  });

  it('answers two calls alike exactly when their keys are equal, however often and by whichever way they are answered', async () => {
    class Service {
      @CacheResponse('1h')
      async f(...args: unknown[]): Promise<{ args: unknown[] }> {
        return { args };
      }
    }
    const primitive = fc.constantFrom<unknown>(0, -0, 1, NaN, '', '0', '1', 'x', null, undefined, true, 1n);
    const object = fc.dictionary(fc.constantFrom('a', 'b'), primitive);
    const argument = fc.oneof({ weight: 4, arbitrary: primitive }, object, fc.array(primitive, { maxLength: 1 }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(argument, { maxLength: 3 }), { minLength: 2, maxLength: 20 }),
        async (calls) => {
          const { service } = bound(new Service());
          const byKey = new Map<string, unknown>();
          for (const args of [...calls, ...calls, ...calls]) {
            const key = buildKey('', args);
            const answer = await service.f(...args);
            expect(answer).to.equal(byKey.get(key) ?? answer);
            expect(buildKey('', answer.args)).to.equal(key);
            byKey.set(key, answer);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('rejects a call whose argument cannot be part of a key, naming the argument', async () => {
    class Service {
      calls = 0;

      @CacheResponse(60)
      async f(_id: string, _visit: unknown): Promise<number> {
        return ++this.calls;
      }
    }
    const { service } = bound(new Service());
    await rejects(
      service.f('1', () => 1),
      (error) => error instanceof EncodeError && error.path === 'argument 2',
    );
    expect(service.calls).to.equal(0);
  });

  it('asks again after the ttl, and after an invalidation, also where calls are answered without building a key', async () => {
    class Users {
      calls = 0;

      @CacheResponse('90s', { tags: ['users'] })
      async count(): Promise<number> {
        return ++this.calls;
      }

      @CacheResponse('90s', { tags: ['users'] })
      async countOf(_team: string): Promise<number> {
        return ++this.calls;
      }

      @CacheResponse('90s', { tags: ['users'] })
      async countBy(_team: string, _year: number): Promise<number> {
        return ++this.calls;
      }
    }
    for (const call of [
      (users: Users) => users.count(),
      (users: Users) => users.countOf('a'),
      (users: Users) => users.countBy('a', 1),
    ]) {
      const { service, cache, clock } = bound(new Users());
      const thrice = async (): Promise<number[]> => [await call(service), await call(service), await call(service)];

      expect(await thrice()).to.deep.equal([1, 1, 1]);
      clock.advance(89_999);
      expect(await thrice()).to.deep.equal([1, 1, 1]);
      clock.advance(1);
      expect(await thrice()).to.deep.equal([2, 2, 2]);
      await cache.invalidate({ tag: 'users' });
      expect(await thrice()).to.deep.equal([3, 3, 3]);
      await cache.invalidate({ tag: 'somebody else' });
      expect(await thrice()).to.deep.equal([3, 3, 3]);
      await cache.invalidate({ all: true });
      expect(await thrice()).to.deep.equal([4, 4, 4]);
    }
  });

  it('serves nothing that was invalidated, also where the old entries still lie in memory', async () => {
    class Users {
      calls = 0;

      @CacheResponse('1h', { tags: ['users'] })
      async findById(_id: number): Promise<number> {
        return ++this.calls;
      }
    }
    const { service, cache } = bound(new Users());
    // More than are swept before others get their turn.
    const ids = Array.from({ length: 2000 }, (_, id) => id);
    for (let round = 0; round < 3; round++) for (const id of ids) await service.findById(id);
    expect(service.calls).to.equal(2000);
    await cache.invalidate({ tag: 'users' });
    await Promise.all(ids.map((id) => service.findById(id)));
    expect(service.calls).to.equal(4000);
  });

  it('keeps what is asked for in memory, though calls are answered without asking the store', async () => {
    class Users {
      readonly calls: number[] = [];

      @CacheResponse('1h')
      async findById(id: number): Promise<number> {
        this.calls.push(id);
        return id;
      }
    }
    const service = new Users();
    const { cache, clock } = makeCache({ memory: { maxEntries: 3, policy: 'lru' } });
    bindCache(service, cache);
    for (let round = 0; round < 3; round++) await service.findById(0);
    for (let id = 1; id < 20; id++) {
      await service.findById(id);
      clock.advance(1000);
      await service.findById(0);
    }
    expect(service.calls.filter((id) => id === 0)).to.deep.equal([0]);
  });

  it('follows the instance when it is bound to another cache', async () => {
    class Users {
      calls = 0;

      @CacheResponse(60)
      async findById(_id: string): Promise<number> {
        return ++this.calls;
      }
    }
    const { service } = bound(new Users());
    for (let round = 0; round < 3; round++) expect(await service.findById('1')).to.equal(1);
    const second = bound(service);
    for (let round = 0; round < 3; round++) expect(await service.findById('1')).to.equal(2);
    expect(second.cache.keys()).to.have.length(1);
  });

  it('counts every answer as a hit or a miss', async () => {
    class Users {
      @CacheResponse(60)
      async findById(id: string): Promise<string> {
        return id;
      }
    }
    const { service, cache } = bound(new Users());
    for (let call = 0; call < 5; call++) await service.findById('1');
    const { hits, misses } = await cache.stats();
    expect({ hits, misses }).to.deep.equal({ hits: 4, misses: 1 });
  });

  describe('keeps apart', () => {
    it('two classes that inherit one decorated method', async () => {
      abstract class BaseRepo {
        @CacheResponse(60)
        async findById(id: string): Promise<string> {
          return `${this.constructor.name} ${id}`;
        }
      }
      class UserRepo extends BaseRepo {}
      class PostRepo extends BaseRepo {}
      const { cache } = makeCache();
      const [users, posts] = [new UserRepo(), new PostRepo()];
      bindCache(users, cache);
      bindCache(posts, cache);

      for (let round = 0; round < 3; round++) {
        expect(await users.findById('1')).to.equal('UserRepo 1');
        expect(await posts.findById('1')).to.equal('PostRepo 1');
      }
    });

    it('methods of one name of two classes, by refusing two classes of one name in one cache', async () => {
      const make = (value: string): { find(id: string): Promise<string> } => {
        class Repo {
          @CacheResponse(60)
          async find(_id: string): Promise<string> {
            return value;
          }
        }
        return new Repo();
      };
      const { cache } = makeCache();
      const [first, second, elsewhere] = [make('first'), make('second'), make('elsewhere')];
      bindCache(first, cache);
      bindCache(second, cache);
      bound(elsewhere);

      expect(await first.find('1')).to.equal('first');
      await rejects(second.find('1'), (error) => {
        return error instanceof DuplicateKeyFamilyError && error.family === 'Repo.find' && /key:/.test(error.message);
      });
      expect(await elsewhere.find('1')).to.equal('elsewhere');
    });

    it('the static and the instance method of one name', async () => {
      class Users {
        @CacheResponse(60, { key: familyName('static-count') })
        static async count(): Promise<string> {
          return 'static';
        }

        @CacheResponse(60)
        async count(): Promise<string> {
          return 'instance';
        }
      }
      const { cache } = makeCache();
      const users = new Users();
      bindCache(users, cache);
      bindCache(Users, cache);
      for (let round = 0; round < 3; round++) {
        expect([await Users.count(), await users.count()]).to.deep.equal(['static', 'instance']);
      }
    });

    it('static methods of a class and of the class that extends it', async () => {
      // oxlint-disable-next-line typescript/no-extraneous-class -- it is about static methods
      class Base {
        @CacheResponse(60)
        static async kind(): Promise<string> {
          return this.name;
        }
      }
      class Derived extends Base {}
      bindCache(Base, makeCache().cache);
      for (let round = 0; round < 3; round++) {
        expect([await Base.kind(), await Derived.kind()]).to.deep.equal(['Base', 'Derived']);
      }
    });

    it('a method and the one it overrides and calls, which would otherwise wait for itself', async () => {
      class Base {
        @CacheResponse(60)
        async find(id: string): Promise<string> {
          return `base ${id}`;
        }
      }
      class Middle extends Base {
        override async find(id: string): Promise<string> {
          return `middle over ${await super.find(id)}`;
        }
      }
      class Derived extends Middle {
        @CacheResponse(60)
        override async find(id: string): Promise<string> {
          return `derived over ${await super.find(id)}`;
        }
      }
      const { cache } = makeCache();
      const [derived, base] = [new Derived(), new Base()];
      bindCache(derived, cache);
      bindCache(base, cache);

      for (let round = 0; round < 3; round++) {
        expect(await derived.find('1')).to.equal('derived over middle over base 1');
        expect(await base.find('1')).to.equal('base 1');
      }
      expect(cache.keys().toSorted()).to.deep.equal(['Base.find("1")', 'Derived.find("1")', 'Derived.find@Base("1")']);
    });

    it('methods named by different symbols', async () => {
      const a = Symbol('find');
      const b = Symbol('search');
      class Service {
        @CacheResponse(60)
        async [a](): Promise<string> {
          return 'a';
        }

        @CacheResponse(60)
        async [b](): Promise<string> {
          return 'b';
        }
      }
      const { service } = bound(new Service());
      for (let round = 0; round < 3; round++)
        expect([await service[a](), await service[b]()]).to.deep.equal(['a', 'b']);
    });

    it('entries of a class without a name, by asking for a key', async () => {
      class Nameless {
        @CacheResponse(60)
        async find(): Promise<number> {
          return 1;
        }
      }
      Object.defineProperty(Nameless, 'name', { value: '' });
      const { service } = bound(new Nameless());
      await rejects(service.find(), (error) => error instanceof InvalidOptionError && error.field === 'key');
    });
  });

  describe('leaves the method as it was:', () => {
    it('name, length, own properties and Reflect metadata', () => {
      const note = (target: unknown, nameOrContext: unknown, descriptor?: PropertyDescriptor): void => {
        const method = (descriptor?.value ?? target) as object;
        Object.assign(method, { note: 'own' });
        Reflect.defineMetadata('note', 'on the function', method);
        if (typeof nameOrContext === 'string')
          Reflect.defineMetadata('note', 'on the property', target as object, nameOrContext);
      };
      class Users {
        @CacheResponse(60)
        @note
        async findById(_id: string, _trace?: string, ..._more: number[]): Promise<number> {
          return 1;
        }
      }
      const method: unknown = Object.getOwnPropertyDescriptor(Users.prototype, 'findById')!.value;
      expect(method).to.include({ name: 'findById', length: 2, note: 'own' });
      expect(Reflect.getMetadata('note', method as object)).to.equal('on the function');
      if (protocol === 'experimentalDecorators') {
        expect(Reflect.getMetadata('note', Users.prototype, 'findById')).to.equal('on the property');
        expect(Reflect.getMetadata('design:paramtypes', Users.prototype, 'findById')).to.deep.equal([
          String,
          String,
          Number,
        ]);
      }
      expect(Object.getOwnPropertyDescriptor(Users.prototype, 'findById')).to.include({
        enumerable: false,
        writable: true,
      });
    });

    it('calls among its own methods go through the cache', async () => {
      class Users {
        calls = 0;

        @CacheResponse(60)
        async findById(id: string): Promise<string> {
          this.calls++;
          return id;
        }

        @CacheResponse(60)
        async findAll(ids: string[]): Promise<string[]> {
          return Promise.all(ids.map((id) => this.findById(id)));
        }
      }
      const { service } = bound(new Users());
      expect(await service.findAll(['1', '2', '1'])).to.deep.equal(['1', '2', '1']);
      expect(service.calls).to.equal(2);
    });

    it('decorators of others above and below it run', async () => {
      const seen: string[] = [];
      const log = (name: string) => {
        return (target: unknown, _nameOrContext: unknown, descriptor?: PropertyDescriptor): any => {
          const method = (descriptor?.value ?? target) as (...args: unknown[]) => unknown;
          function logged(this: unknown, ...args: unknown[]): unknown {
            seen.push(name);
            return method.apply(this, args);
          }
          if (descriptor === undefined) return logged;
          descriptor.value = logged;
        };
      };
      class Users {
        @log('above')
        @CacheResponse(60)
        @log('below')
        async findById(id: string): Promise<string> {
          return id;
        }
      }
      const { service } = bound(new Users());
      await service.findById('1');
      await service.findById('1');
      expect(seen).to.deep.equal(['above', 'below', 'above']);
    });
  });

  describe('key', () => {
    it('may be a family made by defineKey, which reads the first arguments and is shared by who names it', async () => {
      const userById = defineKey(familyName('user'), (id: string) => [id], { version: 2 });
      class Users {
        calls = 0;

        @CacheResponse(60, { key: userById })
        async findById(id: string, _trace?: string): Promise<string> {
          this.calls++;
          return id;
        }

        @CacheResponse(60, { key: userById })
        async get(id: string): Promise<string> {
          this.calls++;
          return id;
        }
      }
      const { service, cache } = bound(new Users());
      for (const trace of ['a', 'b', 'a']) await service.findById('1', trace);
      for (let round = 0; round < 3; round++) await service.get('1');
      expect(service.calls).to.equal(1);
      expect(cache.peek(userById.of('1'))).to.equal('1');
      await cache.invalidate(userById.of('1'));
      await service.get('1');
      await service.findById('1', 'a');
      expect(service.calls).to.equal(2);
    });

    it('is made once for arguments of plain text and numbers, while their entry is in memory', async () => {
      const asked: string[] = [];
      const counted = defineKey(familyName('counted'), (id: string) => {
        asked.push(id);
        return [id];
      });
      class Users {
        @CacheResponse(60, { key: counted })
        async find(id: string): Promise<string> {
          return id;
        }
      }
      const { service, cache } = bound(new Users());
      for (let round = 0; round < 5; round++) await service.find('1');
      // By the call that loads, and by the next, which finds the record of the key.
      expect(asked).to.deep.equal(['1', '1']);
      await cache.invalidate(`${familyName('counted')}("1")`);
      await service.find('1');
      expect(asked).to.have.length(3);
    });

    it('may be the name of a family, which belongs to one method of one class', async () => {
      class Base {
        @CacheResponse(60, { key: familyName('named') })
        async find(id: string): Promise<string> {
          return `${this.constructor.name} ${id}`;
        }
      }
      class Derived extends Base {}
      const { cache } = makeCache();
      const [base, derived] = [new Base(), new Derived()];
      bindCache(base, cache);
      bindCache(derived, cache);
      await base.find('1');
      expect(cache.keys()).to.deep.equal([`${familyName('named')}("1")`]);
      await rejects(derived.find('1'), DuplicateKeyFamilyError);
    });

    it('may be a function of the arguments, called on the instance, that returns text or a list of parts', async () => {
      class Users {
        calls = 0;
        tenant = 'a';

        @CacheResponse(60, {
          key(user) {
            return [this.tenant, user.id];
          },
        })
        async find(_user: { id: string; seenAt: Date }): Promise<number> {
          return ++this.calls;
        }

        @CacheResponse(60, { key: (id) => id.toLowerCase() })
        async byName(_name: string): Promise<number> {
          return ++this.calls;
        }

        @CacheResponse(60, {
          key(id) {
            return [this.tenant, id];
          },
        })
        async byId(_id: string): Promise<string> {
          return this.tenant;
        }
      }
      const { service, cache } = bound(new Users());
      for (let round = 0; round < 3; round++)
        expect(await service.find({ id: '1', seenAt: new Date(round) })).to.equal(1);
      service.tenant = 'b';
      for (let round = 0; round < 3; round++)
        expect(await service.find({ id: '1', seenAt: new Date(round) })).to.equal(2);
      for (const name of ['Ann', 'ANN', 'ann']) expect(await service.byName(name)).to.equal(3);
      for (let round = 0; round < 3; round++) {
        for (service.tenant of ['a', 'b']) expect(await service.byId('1')).to.equal(service.tenant);
      }
      expect(cache.keys().toSorted()).to.deep.equal([
        'Users.byId("a","1")',
        'Users.byId("b","1")',
        'Users.byName("ann")',
        'Users.find("a","1")',
        'Users.find("b","1")',
      ]);
    });

    it('rejects the call when its function throws, or returns neither text nor a list', async () => {
      class Users {
        @CacheResponse(60, {
          key: () => {
            throw new Error('no tenant');
          },
        })
        async broken(): Promise<number> {
          return 1;
        }

        @CacheResponse(60, { key: (() => 5) as never })
        async wrong(): Promise<number> {
          return 1;
        }
      }
      const { service } = bound(new Users());
      await rejects(service.broken(), { message: 'no tenant' });
      await rejects(service.wrong(), { message: 'key of Users.wrong must return text or a list of parts, got 5' });
    });
  });

  it('hands result and call to ttl, tags, when and unless', async () => {
    class Users {
      calls = 0;
      readonly secret = 'hidden';

      @CacheResponse((_count, call) => (call.args[0] === 'short' ? 1 : '1h'), {
        tags: (count, call) => [`${call.method}:${count}`, `name:${call.args[0]}`],
        when: (_count, call) => call.self.secret !== call.args[0],
        unless: (count) => count > 100,
      })
      async find(_name: string): Promise<number> {
        return ++this.calls;
      }
    }
    const { service, cache, clock } = bound(new Users());
    await service.find('hidden');
    await service.find('hidden');
    expect(service.calls).to.equal(2);

    expect([await service.find('short'), await service.find('long')]).to.deep.equal([3, 4]);
    clock.advance(1000);
    expect([await service.find('short'), await service.find('long')]).to.deep.equal([5, 4]);
    await cache.invalidate({ tag: 'find:4' });
    expect(await service.find('long')).to.equal(6);
    await cache.invalidate({ tag: 'name:long' });
    expect(await service.find('long')).to.equal(7);

    service.calls = 100;
    await cache.invalidate({ all: true });
    expect([await service.find('long'), await service.find('long')]).to.deep.equal([101, 102]);
  });

  it('passes the windows on to the engine: stale at once while one call refreshes, stale when the method fails', async () => {
    class Users {
      calls = 0;

      @CacheResponse(10, { staleWhileRevalidate: 10, staleIfError: 60 })
      async find(_id: string): Promise<number> {
        if (++this.calls === 3) throw new Error('down');
        return this.calls;
      }
    }
    const { service, clock } = bound(new Users());
    for (let round = 0; round < 3; round++) expect(await service.find('1')).to.equal(1);
    clock.advance(11_000);
    expect(await service.find('1')).to.equal(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(await service.find('1')).to.equal(2);
    clock.advance(21_000);
    expect(await service.find('1')).to.equal(2);
    expect(service.calls).to.equal(3);
  });

  it('takes the defaults of its cache where it gives no options of its own', async () => {
    class Users {
      calls = 0;

      @CacheResponse()
      async find(): Promise<number> {
        return ++this.calls;
      }
    }
    const clock = new FakeClock();
    const service = new Users();
    bindCache(service, createCache({ clock, defaults: { ttl: 5 } }));
    await service.find();
    clock.advance(4999);
    expect(await service.find()).to.equal(1);
    clock.advance(1);
    expect(await service.find()).to.equal(2);
  });

  describe('refuses, when the class is defined,', () => {
    const decorate = (...options: unknown[]): void => {
      const decorator = (CacheResponse as (...given: unknown[]) => (...args: unknown[]) => void)(...options);
      decorator({}, 'method', { value: async () => 1 });
    };
    const cases: [what: string, options: unknown[], message: RegExp][] = [
      ['a negative ttl', [-1], /^ttl must be a duration above 0.*, got -1$/],
      ['a ttl of 0', [0], /^ttl must be a duration above 0.*, got 0$/],
      ['a ttl in words', ['5 minutes'], /^ttl must be a duration.*, got "5 minutes"$/],
      ['a ttl in words among the options', [{ ttl: '5 minutes' }], /^ttl must be a duration.*, got "5 minutes"$/],
      ['an unknown option', [60, { tgas: ['a'] }], /^tgas is not an option \(known: .*\), got \["a"\]$/],
      ['null', [null], /^options must be an object, got null$/],
      ['two ttls', [60, { ttl: 5 }], /^ttl must be given once, got 5$/],
      ['options twice', [{ ttl: 5 }, { jitter: 1 }], /^ttl must be given before other options/],
      ['a faulty window', [60, { staleIfError: -3 }], /^staleIfError must be a duration of 0 or more.*, got -3$/],
      ['an empty tag', [60, { tags: ['a', ''] }], /^tags\[1\] must be text.*, got ""$/],
      ['a key of another kind', [60, { key: 5 }], /^key must be a key family.*, got 5$/],
      [
        'a family name that would not fit into a key',
        [60, { key: 'a(b' }],
        /^key must be a family name.*, got "a\(b"$/,
      ],
      [
        'a context that is no list and no object',
        [60, { context: 'tenant' }],
        /^context must be an object, got "tenant"$/,
      ],
      ['a context name of another kind', [60, { context: [5] }], /^context\[0\] must be the name.*, got 5$/],
      [
        'a context name that would not fit into a key',
        [60, { context: { 'a=b': true } }],
        /^context must have names.*, got "a=b"$/,
      ],
      [
        'a dimension that is no function',
        [60, { context: { tenant: 'a' } }],
        /^context.tenant must be a function, got "a"$/,
      ],
      ['an unknown mode', [60, { unbound: 'ignore' }], /^unbound must be one of "passthrough", "throw", got "ignore"$/],
    ];
    for (const [what, options, message] of cases) {
      it(what, () => expect(() => decorate(...options)).to.throw(InvalidOptionError, message));
    }

    it('what is not a method', () => {
      const decorator = CacheResponse(60) as (...args: unknown[]) => void;
      expect(() => decorator(Date, undefined)).to.throw(
        InvalidOptionError,
        '@CacheResponse must decorate a method, got "a class"',
      );
      expect(() => decorator({}, 'field')).to.throw(
        InvalidOptionError,
        '@CacheResponse must decorate a method, got "field"',
      );
      expect(() => decorator(undefined, { kind: 'field', name: 'field' })).to.throw(InvalidOptionError, 'got "field"');
    });

    it('to decorate a method twice', () => {
      expect(() => {
        class Users {
          @CacheResponse(60)
          @CacheResponse(30)
          async find(): Promise<number> {
            return 1;
          }
        }
        return Users;
      }).to.throw(InvalidOptionError, '@CacheResponse must decorate a method once, got "find"');
    });

    it('that are no object', () => {
      expect(() => CacheResponse('5m', 7 as never)).to.throw(InvalidOptionError, 'options must be an object, got 7');
    });
  });
});
