import 'reflect-metadata';
import {
  bindCaching,
  CACHE,
  CacheResponse,
  createCache,
  defineKey,
  InvalidOptionError,
  Invalidates,
  registerCacheWarp,
} from '@cachewarp/core';
import { Router } from '@koa/router';
import { expect } from 'chai';
import type { Context } from 'koa';
import { container as root, type DependencyContainer } from 'tsyringe';
import { httpCache } from '#src/caching/http-cache.js';
import { Controller } from '#src/routing/controller.js';
import { mountControllers, type MountOptions } from '#src/routing/mount-controllers.js';
import { Delete, Get, Patch, Post, Put } from '#src/routing/route.js';
import type { ControllerClass } from '#src/routing/route-metadata.js';
import { closeApps, listen, type App } from '../make-app.js';
import { protocol } from './protocol.js';

interface User {
  readonly id: number;
  name: string;
  readonly team: string;
}

/** Counts how often its handlers have run. */
class Desk {
  runs = 0;
  readonly users = new Map<number, User>([
    [1, { id: 1, name: 'Anna', team: 'red' }],
    [2, { id: 2, name: 'Ben', team: 'blue' }],
  ]);
}

const userById = defineKey(`desk-user/${protocol.replace(' ', '-')}`, (id: string) => [id]);

@Controller('/api/users')
class UsersController extends Desk {
  @Get('/')
  @CacheResponse(60)
  async list(_ctx: Context): Promise<object> {
    this.runs++;
    return { users: [...this.users.values()] };
  }

  @Get('/:id')
  @CacheResponse(120, {
    tags: (user: User) => [`team:${user.team}`],
    unless: (user: User) => user.name === 'unkept',
  })
  async find(ctx: Context): Promise<User> {
    this.runs++;
    const user = this.users.get(Number(ctx.params.id));
    if (user === undefined) ctx.throw(404, 'no such user');
    return user;
  }

  @Get('/:id/fast')
  @CacheResponse((user: User) => (user.team === 'red' ? 5 : 500))
  async fast(ctx: Context): Promise<User> {
    this.runs++;
    return this.users.get(Number(ctx.params.id))!;
  }

  @Get('/:id/plain')
  async plain(): Promise<object> {
    return { run: ++this.runs };
  }

  @Put('/:id')
  async rename(ctx: Context): Promise<object> {
    const name = ctx.query['name'];
    if (typeof name !== 'string') ctx.throw(400, 'name');
    this.users.get(Number(ctx.params.id))!.name = name;
    return { message: 'User updated' };
  }

  @Post('/:id/moves')
  @Invalidates('GET:/api/users/:id', { tag: 'team:red' })
  async move(): Promise<object> {
    return { moved: true };
  }

  @Post('/:id/archive')
  @Invalidates('GET:/api/users/')
  async archive(ctx: Context): Promise<object> {
    if (ctx.query['refused'] !== undefined) ctx.status = 422;
    return {};
  }

  @Patch('/:id/tag')
  @Invalidates((_value: unknown, call) => ({ tag: `team:${String(call.args[0].query['team'])}` }))
  async dropTag(ctx: Context): Promise<object> {
    return { dropped: ctx.query['team'] };
  }

  @Delete('/:id')
  @Invalidates('GET:/api/users/', { before: true })
  async fail(ctx: Context): Promise<object> {
    ctx.throw(500);
    return {};
  }
}

describe(`mountControllers, with ${protocol}`, () => {
  let container: DependencyContainer;
  beforeEach(() => {
    container = root.createChildContainer();
  });
  afterEach(closeApps);

  function mounted(controllers: readonly ControllerClass[], options: MountOptions = {}): Promise<App> {
    return listen((app, cache) => {
      registerCacheWarp(container, { cache });
      const router = new Router();
      mountControllers(router, container, controllers, options);
      app.use(router.routes());
    });
  }

  const words = async (app: App, ...targets: string[]): Promise<(string | undefined)[]> => {
    const found: (string | undefined)[] = [];
    for (const target of targets) found.push((await app.get(target)).xCache);
    return found;
  };

  it('routes requests to handlers, whose results become the body', async () => {
    const { get, send } = await mounted([UsersController]);
    expect((await get('/api/users/1')).json()).to.deep.equal({ id: 1, name: 'Anna', team: 'red' });
    expect((await send('PUT', '/api/users/1?name=Anne')).json()).to.deep.equal({ message: 'User updated' });
    expect((await get('/api/users/1')).json()).to.include({ name: 'Anne' });
    expect((await get('/api/users/9')).status).to.equal(404);
    expect((await get('/api/other')).status).to.equal(404);
  });

  it('caches the final response of handlers that carry @CacheResponse, for its time', async () => {
    const app = await mounted([UsersController]);
    expect(await words(app, '/api/users/1', '/api/users/1', '/api/users/1/plain')).to.deep.equal([
      'MISS',
      'HIT',
      undefined,
    ]);
    app.clock.advance(119_000);
    expect(await words(app, '/api/users/1')).to.deep.equal(['HIT']);
    app.clock.advance(1_000);
    expect(await words(app, '/api/users/1')).to.deep.equal(['MISS']);
    expect(app.cache.mostRequested(1)).to.deep.equal([['GET:/api/users/1', 4]]);
  });

  it('routes the path of the controller itself with and without a slash, and drops both', async () => {
    const app = await mounted([UsersController]);
    expect(await words(app, '/api/users', '/api/users/', '/api/users')).to.deep.equal(['MISS', 'MISS', 'HIT']);
    await app.send('PUT', '/api/users/1?name=Anne');
    expect(await words(app, '/api/users', '/api/users/')).to.deep.equal(['MISS', 'MISS']);
  });

  it('caches nothing of a handler that throws', async () => {
    const app = await mounted([UsersController]);
    await app.get('/api/users/9');
    container.resolve(UsersController);
    expect((await app.get('/api/users/9')).status).to.equal(404);
    expect(app.cache.keys()).to.deep.equal([]);
  });

  it('drops after a change what was answered under its path and its collection, and keeps the rest', async () => {
    const app = await mounted([UsersController]);
    const targets = ['/api/users/', '/api/users/?page=2', '/api/users/1', '/api/users/2'];
    await words(app, ...targets);
    await app.send('PUT', '/api/users/1?name=Anne');
    expect(await words(app, ...targets)).to.deep.equal(['MISS', 'MISS', 'MISS', 'HIT']);
  });

  it('drops nothing after bad input', async () => {
    const app = await mounted([UsersController]);
    await app.get('/api/users/1');
    expect((await app.send('PUT', '/api/users/1')).status).to.equal(400);
    expect(await words(app, '/api/users/1')).to.deep.equal(['HIT']);
  });

  it('drops what @Invalidates names, with parameters of the route, and every query of it', async () => {
    const app = await mounted([UsersController]);
    await words(app, '/api/users/2', '/api/users/2?full=1', '/api/users/1');
    await app.send('POST', '/api/users/2/moves');
    expect(await words(app, '/api/users/2', '/api/users/2?full=1', '/api/users/1')).to.deep.equal([
      'MISS',
      'MISS',
      'MISS',
    ]);
    expect(app.cache.history(1)[0]).to.include({ by: 'POST /api/users/2/moves' });
  });

  it('drops by the name of a path every query of it, but nothing when the answer is a refusal', async () => {
    const app = await mounted([UsersController]);
    await words(app, '/api/users/', '/api/users/?page=2');
    expect((await app.send('POST', '/api/users/1/archive?refused=1')).status).to.equal(422);
    expect(await words(app, '/api/users/', '/api/users/?page=2')).to.deep.equal(['HIT', 'HIT']);
    await app.send('POST', '/api/users/1/archive');
    expect(await words(app, '/api/users/', '/api/users/?page=2')).to.deep.equal(['MISS', 'MISS']);
  });

  it('caches responses and not what handlers return, also where their instances are bound to a Cache', async () => {
    bindCaching(container, UsersController);
    const app = await mounted([UsersController]);
    expect(await words(app, '/api/users/1', '/api/users/1')).to.deep.equal(['MISS', 'HIT']);
    expect((await app.send('POST', '/api/users/1/moves')).status).to.equal(200);
    expect(app.cache.keys().filter((key) => !key.startsWith('GET:/'))).to.deep.equal([]);
  });

  it('drops what @Invalidates computes from the result and the call', async () => {
    const app = await mounted([UsersController]);
    await words(app, '/api/users/1', '/api/users/2');
    await app.send('PATCH', '/api/users/9/tag?team=blue');
    expect(await words(app, '/api/users/1', '/api/users/2')).to.deep.equal(['HIT', 'MISS']);
  });

  it('drops under before: true whatever became of the change', async () => {
    const app = await mounted([UsersController]);
    await words(app, '/api/users/', '/api/users/1');
    expect((await app.send('DELETE', '/api/users/1')).status).to.equal(500);
    expect(await words(app, '/api/users/', '/api/users/1')).to.deep.equal(['MISS', 'HIT']);
  });

  it('reads the time from the result', async () => {
    const app = await mounted([UsersController]);
    await words(app, '/api/users/1/fast', '/api/users/2/fast');
    app.clock.advance(6_000);
    expect(await words(app, '/api/users/1/fast', '/api/users/2/fast')).to.deep.equal(['MISS', 'HIT']);
  });

  it('answers, but keeps nothing, where a callback of @CacheResponse fails', async () => {
    @Controller('/faulty')
    class FaultyController {
      @Get('/')
      @CacheResponse(60, {
        tags: () => {
          throw new Error('no tags');
        },
      })
      async find(): Promise<object> {
        return {};
      }
    }
    const app = await mounted([FaultyController]);
    const faults: unknown[] = [];
    app.cache.events.on('policyError', ({ error }) => faults.push((error as Error).message));
    expect(await words(app, '/faulty/', '/faulty/')).to.deep.equal(['MISS', 'MISS']);
    expect((await app.get('/faulty/')).status).to.equal(200);
    expect(faults).to.deep.equal(['no tags', 'no tags', 'no tags']);
  });

  it('keeps no result that `unless` rules out', async () => {
    const app = await mounted([UsersController]);
    await app.send('PUT', '/api/users/1?name=unkept');
    expect(await words(app, '/api/users/1', '/api/users/1')).to.deep.equal(['MISS', 'MISS']);
  });

  it('bypasses by the query parameter', async () => {
    const app = await mounted([UsersController], { bypass: { param: 'fresh' } });
    expect(await words(app, '/api/users/1', '/api/users/1?fresh=1', '/api/users/1')).to.deep.equal([
      'MISS',
      'BYPASS',
      'HIT',
    ]);
  });

  it('goes along with a cache for the whole application', async () => {
    const app = await listen((koa, cache) => {
      registerCacheWarp(container, { cache });
      const router = new Router();
      mountControllers(router, container, [UsersController]);
      koa.use(httpCache({ cache, ttl: 10 }));
      koa.use(router.routes());
    });
    expect(await words(app, '/api/users/1', '/api/users/1', '/api/users/1/plain', '/api/users/1/plain')).to.deep.equal([
      'MISS',
      'HIT',
      'MISS',
      'HIT',
    ]);
    app.clock.advance(11_000);
    expect(await words(app, '/api/users/1', '/api/users/1/plain')).to.deep.equal(['HIT', 'MISS']);
    await app.cache.invalidate({ tag: 'team:red' });
    expect(await words(app, '/api/users/1')).to.deep.equal(['MISS']);
  });

  it('leaves other decorators of a handler their say', async () => {
    const log: string[] = [];
    // As a decorator of another library: for both protocols, and knowing nothing of ours.
    const logged = (target: any, _nameOrContext: any, descriptor?: any): any => {
      const wrap = (method: (...args: unknown[]) => unknown) =>
        function (this: unknown, ...args: unknown[]): unknown {
          log.push('called');
          return method.apply(this, args);
        };
      if (descriptor === undefined) return wrap(target);
      descriptor.value = wrap(descriptor.value);
      return undefined;
    };
    @Controller('/logged')
    class LoggedController {
      @Get('/')
      @logged
      @CacheResponse(60)
      async find(): Promise<object> {
        return {};
      }
    }
    const app = await mounted([LoggedController]);
    expect(await words(app, '/logged/', '/logged/')).to.deep.equal(['MISS', 'HIT']);
    expect(log).to.deep.equal(['called']);
  });

  it('takes routes and decorators from a class that is extended', async () => {
    abstract class Crud {
      @Get('/:id')
      @CacheResponse(60)
      async find(ctx: Context): Promise<object> {
        return { name: this.nameOf(ctx.params.id as string) };
      }
      protected abstract nameOf(id: string): string;
    }
    @Controller('/things')
    class ThingsController extends Crud {
      protected override nameOf(id: string): string {
        return `thing ${id}`;
      }
    }
    const app = await mounted([ThingsController]);
    expect((await app.get('/things/1')).json()).to.deep.equal({ name: 'thing 1' });
    expect(await words(app, '/things/1')).to.deep.equal(['HIT']);
  });

  it('keeps answers apart by context, as declared for the mount or the cache', async () => {
    @Controller('/me')
    class MeController {
      @Get('/')
      @CacheResponse(60, { context: ['user'] })
      async me(ctx: Context): Promise<object> {
        return { user: ctx.get('X-User') };
      }
      @Get('/tenant')
      @CacheResponse(60)
      async tenant(ctx: Context): Promise<object> {
        return { user: ctx.get('X-User'), tenant: current };
      }
    }
    let current = 'one';
    const app = await listen((koa, cache) => {
      registerCacheWarp(container, { cache, context: { tenant: () => current } });
      const router = new Router();
      mountControllers(router, container, [MeController], { context: { user: (ctx) => ctx.get('X-User') } });
      koa.use(router.routes());
    });
    for (const target of ['/me/', '/me/tenant']) {
      await app.get(target, { 'x-user': 'anna' });
      expect((await app.get(target, { 'x-user': 'ben' })).json(), target).to.include({ user: 'ben' });
      expect((await app.get(target, { 'x-user': 'anna' })).xCache).to.equal('HIT');
    }
    current = 'two';
    expect((await app.get('/me/tenant', { 'x-user': 'anna' })).json()).to.include({ tenant: 'two' });
  });

  it('resolves controllers with what they need', async () => {
    container.register('greeting', { useValue: 'hello' });
    @Controller('/greet')
    class GreetController {
      readonly greeting: string;
      constructor(greeting: string) {
        this.greeting = greeting;
      }
      @Get('/')
      async greet(): Promise<string> {
        return this.greeting;
      }
    }
    container.register(GreetController, { useFactory: (c) => new GreetController(c.resolve<string>('greeting')) });
    expect((await (await mounted([GreetController])).get('/greet/')).body).to.equal('hello');
  });

  describe('refuses, naming field and value,', () => {
    const cache = createCache();
    const mount = (controllers: readonly ControllerClass[], options: MountOptions = { cache }): void =>
      mountControllers(new Router(), root.createChildContainer(), controllers, options);

    it('a class that is no controller', () => {
      expect(() => mount([Desk])).to.throw(
        InvalidOptionError,
        'controllers must be classes that carry @Controller, got "Desk"',
      );
    });

    it('what is no list', () => {
      expect(() => mount(UsersController as never)).to.throw(
        InvalidOptionError,
        'controllers must be a list of classes',
      );
    });

    it('two handlers of one route', () => {
      @Controller('/twice')
      class TwiceController {
        @Get('/')
        async one(): Promise<void> {}
        @Get('/')
        async two(): Promise<void> {}
      }
      expect(() => mount([TwiceController])).to.throw(
        InvalidOptionError,
        'controllers must not route GET /twice to TwiceController.one and TwiceController.two',
      );
    });

    it('@CacheResponse on another method than GET', () => {
      @Controller('/posting')
      class PostingController {
        @Post('/')
        @CacheResponse(60)
        async post(): Promise<void> {}
      }
      expect(() => mount([PostingController])).to.throw(
        InvalidOptionError,
        '@CacheResponse of PostingController.post must be on a GET handler, got "POST"',
      );
    });

    it('options of @CacheResponse that have no meaning for a response', () => {
      @Controller('/keyed')
      class KeyedController {
        @Get('/')
        @CacheResponse(60, { key: userById })
        async find(_id: string): Promise<void> {}
      }
      expect(() => mount([KeyedController])).to.throw(
        InvalidOptionError,
        '@CacheResponse key of KeyedController.find does not apply',
      );
    });

    it('a parameter that the route does not have', () => {
      @Controller('/params')
      class ParamsController {
        @Put('/:id')
        @Invalidates('GET:/params/:userId')
        async update(): Promise<void> {}
      }
      expect(() => mount([ParamsController])).to.throw(
        InvalidOptionError,
        '@Invalidates of ParamsController.update must use parameters of its route /params/:id, got ":userId"',
      );
    });

    it('a container without a Cache', () => {
      expect(() => mount([UsersController], {})).to.throw(
        InvalidOptionError,
        'container must hold a Cache: call registerCacheWarp',
      );
    });

    it('an unknown option', () => {
      expect(() => mount([UsersController], { cache, tll: 5 } as never)).to.throw(
        InvalidOptionError,
        'tll is not an option',
      );
    });

    it('a path or a prefix that is none', () => {
      expect(() => Get('users')).to.throw(InvalidOptionError, '@Get path must be a path such as \'/:id\', got "users"');
      expect(() => Controller('/users/')).to.throw(InvalidOptionError, '@Controller prefix must be');
      expect(() => Controller('users')).to.throw(InvalidOptionError, 'got "users"');
    });

    it('a static handler', () => {
      expect(() => {
        class StaticController extends Desk {
          @Get('/')
          static async find(): Promise<void> {}
        }
        return StaticController;
      }).to.throw(InvalidOptionError, '@Get must decorate a public method of instances, got "find"');
    });
  });

  it('finds the Cache of a container further up', () => {
    const cache = createCache();
    container.register(CACHE, { useValue: cache });
    const child = container.createChildContainer();
    expect(() => mountControllers(new Router(), child, [UsersController])).to.not.throw();
  });
});
