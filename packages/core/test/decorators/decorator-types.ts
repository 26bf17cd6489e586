import { bindCache } from '#src/container/bound-cache.js';
import { CacheResponse } from '#src/decorators/cache-response.js';
import { Invalidates } from '#src/decorators/invalidates.js';
import { cacheOf } from '#src/decorators/method-handle.js';
import { createCache } from '#src/engine/create-cache.js';
import { defineKey } from '#src/key/key-family.js';
import { familyName } from './protocol.js';

/*
 * What the compiler accepts and refuses, under both protocols. Nothing here runs: that it compiles is the test, and each
 * `@ts-expect-error` fails the build when the mistake below it is no longer one.
 */

type Equal<A, B> = (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false;
function same<_Is extends true>(): void {}

interface User {
  readonly id: string;
  readonly team: string;
}

declare const user: User;

export function whatIsAccepted(): void {
  const userById = defineKey(familyName('types-user'), (id: string) => [id], { version: 2 });

  class Accepted {
    readonly tenant = 't1';

    @CacheResponse('5m', { key: userById, tags: (found: User) => [`team:${found.team}`], staleIfError: '1h' })
    async findById(_id: string, _trace?: string): Promise<User> {
      return user;
    }

    @CacheResponse(120)
    async list(): Promise<User[]> {
      return [user];
    }

    @CacheResponse()
    async defaults(): Promise<null> {
      return null;
    }

    @CacheResponse({
      ttl: '90s',
      key: (id, page) => {
        same<Equal<typeof id, string>>();
        same<Equal<typeof page, number | undefined>>();
        return [id, page];
      },
      tags: (found, call) => {
        same<Equal<typeof found, User>>();
        same<Equal<typeof call.self, Accepted>>();
        same<Equal<typeof call.args, [id: string, page?: number | undefined]>>();
        return [found.team, call.self.tenant, call.method];
      },
      when: (found) => found.id !== '',
      unless: (found, { args: [id] }) => found.id !== id,
    })
    async optional(_id: string, _page?: number): Promise<User> {
      return user;
    }

    @CacheResponse(60, {
      key: (id, limit) => {
        same<Equal<typeof limit, number | undefined>>();
        return `${id}:${limit ?? 10}`;
      },
    })
    async withDefault(_id: string, _limit = 10): Promise<User> {
      return user;
    }

    @CacheResponse(60, {
      key: (first, ...more) => {
        same<Equal<typeof more, number[]>>();
        return [first, ...more];
      },
    })
    async rest(_first: string, ..._more: number[]): Promise<User> {
      return user;
    }

    @CacheResponse((found, call) => {
      same<Equal<typeof found, User>>();
      same<Equal<typeof call.args, [id: string]>>();
      return found.team === '' ? 1 : '5m';
    })
    async ttlFromResult(_id: string): Promise<User> {
      return user;
    }

    @CacheResponse(60, {
      key(id) {
        same<Equal<typeof id, string>>();
        return [this.tenant, id];
      },
    })
    async keyOnInstance(_id: string): Promise<User> {
      return user;
    }

    @CacheResponse(60, {
      key(id) {
        return [this.tenant, id];
      },
    })
    async typedThis(this: Accepted, _id: string): Promise<User> {
      return user;
    }

    @CacheResponse(60, { when: (count) => count > 3 })
    static async count(_team: string): Promise<number> {
      return 1;
    }

    @CacheResponse(60, { key: (item) => item.id })
    async generic<I extends { id: string }>(item: I): Promise<I> {
      return item;
    }

    async overloaded(id: string): Promise<string>;
    async overloaded(id: number): Promise<number>;
    @CacheResponse(60)
    async overloaded(id: string | number): Promise<string | number> {
      return id;
    }

    @CacheResponse(60, { key: (id) => id })
    private async hidden(id: string): Promise<string> {
      return id;
    }

    useHidden(): Promise<string> {
      return this.hidden('1');
    }

    @CacheResponse(60, { context: ['tenant', 'locale'], unbound: 'throw' })
    async inDeclaredContext(id: string): Promise<string> {
      return id;
    }

    @CacheResponse(60, {
      context: {
        locale: true,
        tenant: ({ self, args }) => {
          same<Equal<typeof args, [id: string]>>();
          return self.tenant;
        },
      },
    })
    async inOwnContext(id: string): Promise<string> {
      return id;
    }

    @Invalidates(userById)
    async remove(_id: string, _reason?: string): Promise<void> {}

    @Invalidates((changed) => {
      same<Equal<typeof changed, User>>();
      return [userById.of(changed.id), { tag: `team:${changed.team}` }];
    })
    @Invalidates((changed: User) => `GET:/users/${changed.id}`)
    async update(_patch: Partial<User>): Promise<User> {
      return user;
    }

    @Invalidates(userById, 'GET:/users', { tag: 'users' }, (_result, call) => call.args[0], {
      afterCommit: (run, call) => {
        same<Equal<typeof call.self, Accepted>>();
        void run();
      },
    })
    async inTransaction(_id: string): Promise<void> {}

    @Invalidates(userById, { prefix: 'user@2(' }, { all: true }, { before: true, unbound: 'throw' })
    async whateverHappens(_id: string): Promise<void> {}

    @Invalidates({ tags: ['users'] }, { unbound: 'throw' })
    @CacheResponse(60)
    async both(_id: string): Promise<User> {
      return user;
    }
  }

  abstract class Repository<E extends { id: string }> {
    abstract load(id: string): Promise<E>;

    @CacheResponse(60, { tags: (entity) => [entity.id] })
    async findById(id: string): Promise<E> {
      return this.load(id);
    }
  }

  const accepted = new Accepted();
  bindCache(accepted, createCache());
  const { findById, generic } = cacheOf(accepted);
  same<Equal<ReturnType<typeof findById.peek>, User | undefined>>();
  same<Equal<Parameters<typeof findById.invalidate>, [id: string, trace?: string | undefined]>>();
  void findById.prime(user, '1');
  void generic.keyFor({ id: '1' });
  void cacheOf(Accepted).count.refresh('team');
  void Repository;

  // @ts-expect-error: the method takes a string
  findById.keyFor(1);
  // @ts-expect-error: not a value of the method
  void findById.prime('user', '1');
  // @ts-expect-error: not a method
  void cacheOf(accepted).tenant;
}

export function whatIsRefused(): void {
  const byNumber = defineKey(familyName('types-number'), (id: number) => [id]);
  const byTwo = defineKey(familyName('types-two'), (id: string, page: number) => [id, page]);
  const byId = defineKey(familyName('types-id'), (id: string) => [id]);

  class Refused {
    // @ts-expect-error: no such option
    @CacheResponse(60, { tgas: ['a'] })
    async unknownOption(_id: string): Promise<User> {
      return user;
    }

    // @ts-expect-error: the result is a User
    @CacheResponse(60, { tags: (found: number) => [`${found}`] })
    async wrongAnnotation(_id: string): Promise<User> {
      return user;
    }

    // @ts-expect-error: tags are text
    @CacheResponse(60, { tags: (found) => [found.team, 4] })
    async wrongTags(_id: string): Promise<User> {
      return user;
    }

    // @ts-expect-error: only what returns a promise can be cached
    @CacheResponse(60)
    synchronous(id: string): string {
      return id;
    }

    // @ts-expect-error: a property, not a method
    @CacheResponse(60)
    arrow = async (id: string): Promise<string> => id;

    // @ts-expect-error: a getter, not a method
    @CacheResponse(60)
    get getter(): Promise<string> {
      return Promise.resolve('');
    }

    // @ts-expect-error: a key is text or a list of parts
    @CacheResponse(60, { key: (_id) => 5 })
    async keyOfNumber(_id: string): Promise<User> {
      return user;
    }

    // @ts-expect-error: the method has one parameter
    @CacheResponse(60, { key: (id, more) => [id, more] })
    async tooManyParameters(_id: string): Promise<User> {
      return user;
    }

    // @ts-expect-error: the key family takes a number
    @CacheResponse(60, { key: byNumber })
    async wrongFamily(_id: string): Promise<User> {
      return user;
    }

    // @ts-expect-error: the key family takes more than the method is given
    @CacheResponse(60, { key: byTwo })
    async greedyFamily(_id: string): Promise<User> {
      return user;
    }

    // @ts-expect-error: the key family needs what the method may leave out
    @CacheResponse(60, { key: byId })
    async optionalArgument(_id?: string): Promise<User> {
      return user;
    }

    // @ts-expect-error: not a duration
    @CacheResponse('5 minutes')
    async wrongTtl(_id: string): Promise<User> {
      return user;
    }

    // @ts-expect-error: not a duration
    @CacheResponse({ ttl: '5 minutes' })
    async wrongTtlOption(_id: string): Promise<User> {
      return user;
    }

    // @ts-expect-error: the ttl is given twice
    @CacheResponse('5m', { ttl: '6m' })
    async twoTtls(_id: string): Promise<User> {
      return user;
    }

    // @ts-expect-error: no such mode
    @CacheResponse(60, { unbound: 'ignore' })
    async wrongMode(_id: string): Promise<User> {
      return user;
    }

    // @ts-expect-error: the key family takes a number
    @Invalidates(byNumber)
    async wrongInvalidation(_id: string): Promise<void> {}

    // @ts-expect-error: the result is a User
    @Invalidates((found: number) => `${found}`)
    async wrongResult(_id: string): Promise<User> {
      return user;
    }

    // @ts-expect-error: no such target
    @Invalidates({ tga: 'users' })
    async wrongTarget(_id: string): Promise<User> {
      return user;
    }

    // @ts-expect-error: there is no result before the method runs
    @Invalidates((found: User) => found.id, { before: true })
    async resultBefore(_id: string): Promise<User> {
      return user;
    }

    // @ts-expect-error: only what returns a promise can be awaited
    @Invalidates(byId)
    synchronousWrite(id: string): string {
      return id;
    }
  }
  void Refused;
}
