import { rejects } from 'node:assert/strict';
import { expect } from 'chai';
import { EncodeError, InvalidationError, InvalidOptionError } from '#src/base/errors.js';
import { CacheResponse } from '#src/decorators/cache-response.js';
import { Invalidates } from '#src/decorators/invalidates.js';
import { defineKey } from '#src/key/key-family.js';
import { bound, warningsDuring } from './bound.js';
import { familyName, protocol } from './protocol.js';

const userById = defineKey(familyName('invalidates.user'), (id: string) => [id]);

interface User {
  readonly id: string;
  readonly name: string;
  readonly team: string;
}

/** Users in a table that the test may look into; every read is counted. */
class Users {
  reads = 0;
  readonly rows = new Map<string, User>([['1', { id: '1', name: 'Ann', team: 'red' }]]);

  @CacheResponse('1h', { key: userById, tags: (user) => (user === undefined ? [] : [`team:${user.team}`]) })
  async find(id: string): Promise<User | undefined> {
    this.reads++;
    return this.rows.get(id);
  }

  @CacheResponse('1h')
  async count(): Promise<number> {
    return this.rows.size;
  }

  @Invalidates(userById)
  async remove(id: string, _reason?: string): Promise<boolean> {
    return this.rows.delete(id);
  }

  @Invalidates((user, call) => [userById.of(user.id), `${call.method}d:${call.args[0].id}`])
  async update(patch: { id: string; name: string }): Promise<User> {
    const user = { team: 'red', ...patch };
    this.rows.set(user.id, user);
    return user;
  }

  @Invalidates({ tag: 'team:red' })
  async disband(): Promise<void> {
    for (const [id, user] of this.rows) if (user.team === 'red') this.rows.set(id, { ...user, team: 'none' });
  }

  @Invalidates('Users.count()', (_result, call) => call.self.anything)
  @Invalidates(userById)
  async add(id: string): Promise<void> {
    this.rows.set(id, { id, name: 'New', team: 'red' });
  }

  @Invalidates(userById)
  async fail(_id: string): Promise<void> {
    throw new Error('rolled back');
  }

  readonly anything = [] as string[];
}

describe(`@Invalidates (${protocol})`, () => {
  it('drops the key of its arguments before its promise resolves, and passes the result on', async () => {
    const { service } = bound(new Users());
    expect(await service.find('1')).to.include({ name: 'Ann' });
    expect(await service.remove('1', 'left')).to.equal(true);
    expect(await service.find('1')).to.equal(undefined);
  });

  it('drops what a function of the result and the call answers', async () => {
    const { service, cache } = bound(new Users());
    await cache.set('updated:1', 'old');
    await service.find('1');
    await service.update({ id: '1', name: 'Bea' });
    expect(await service.find('1')).to.include({ name: 'Bea' });
    expect(cache.peek('updated:1')).to.equal(undefined);
  });

  it('drops tags, keys as text, and nothing where a function answers an empty list; and may be stacked', async () => {
    const { service } = bound(new Users());
    await service.find('1');
    await service.disband();
    expect(await service.find('1')).to.include({ team: 'none' });

    expect([await service.find('2'), await service.count()]).to.deep.equal([undefined, 1]);
    await service.add('2');
    expect([await service.find('2'), await service.count()]).to.deep.equal([service.rows.get('2'), 2]);
  });

  it('drops nothing when the method fails', async () => {
    const { service } = bound(new Users());
    await service.find('1');
    await rejects(service.fail('1'), { message: 'rolled back' });
    await service.find('1');
    expect(service.reads).to.equal(1);
  });

  it('keeps a load that was running when it acted from putting the old value back', async () => {
    const { service } = bound(new Users());
    let release!: () => void;
    const slow = new Promise<void>((resolve) => (release = resolve));
    const read = service.rows.get.bind(service.rows);
    service.rows.get = ((id: string) => slow.then(() => ({ id, name: 'old' }))) as never;

    const running = service.find('1');
    await service.remove('1');
    service.rows.get = read;
    release();
    expect(await running).to.include({ name: 'old' });
    expect(await service.find('1')).to.equal(undefined);
  });

  it('names the method as the one who invalidated', async () => {
    const { service, cache } = bound(new Users());
    await service.remove('1');
    expect(cache.history().map(({ by }) => by)).to.deep.equal(['Users.remove']);
  });

  it('refuses an argument that has no key before the method runs', async () => {
    const { service } = bound(new Users());
    await rejects(service.remove((() => 1) as never), EncodeError);
    expect(service.rows.size).to.equal(1);
  });

  it('reads the arguments as they were before the method changed them', async () => {
    const byFilter = defineKey(familyName('invalidates.filter'), (filter: { team: string }) => [filter]);
    class Teams {
      @Invalidates(byFilter)
      async clear(filter: { team: string }): Promise<void> {
        filter.team = 'changed';
      }
    }
    const { service, cache } = bound(new Teams());
    await cache.set(byFilter.of({ team: 'red' }), 'members');
    await service.clear({ team: 'red' });
    expect(cache.peek(byFilter.of({ team: 'red' }))).to.equal(undefined);
  });

  it('rejects with the result at hand when the method has succeeded and the invalidation failed', async () => {
    class Broken {
      @Invalidates((_result) => {
        throw new Error('no targets');
      })
      async write(): Promise<string> {
        return 'written';
      }
    }
    await rejects(bound(new Broken()).service.write(), (error) => {
      return (
        error instanceof InvalidationError &&
        error.result === 'written' &&
        error.message === 'Broken.write has run, but its invalidation failed: no targets' &&
        (error.cause as Error).message === 'no targets'
      );
    });

    const { service, cache } = bound(new Users());
    await cache.close();
    await rejects(service.remove('1'), (error) => error instanceof InvalidationError && error.result === true);
    expect(service.rows.size).to.equal(0);
  });

  describe('with before: true', () => {
    class Jobs {
      state = 'old';
      fails = false;
      duringRun: () => Promise<void> = async () => undefined;

      @CacheResponse('1h', { tags: ['jobs'] })
      async read(): Promise<string> {
        return this.state;
      }

      @Invalidates({ tag: 'jobs' }, { before: true })
      async run(): Promise<string> {
        await this.duringRun();
        this.state = 'new';
        if (this.fails) throw new Error('half done');
        return 'ran';
      }
    }

    it('invalidates before the method runs, and again behind it, for readers that came in between', async () => {
      const { service } = bound(new Jobs());
      const seen: string[] = [await service.read()];
      service.duringRun = async () => {
        service.state = 'half';
        seen.push(await service.read());
      };
      expect(await service.run()).to.equal('ran');
      expect([...seen, await service.read()]).to.deep.equal(['old', 'half', 'new']);
    });

    it('invalidates also when the method fails, and hands its failure on', async () => {
      const { service } = bound(new Jobs());
      await service.read();
      service.fails = true;
      await rejects(service.run(), { message: 'half done' });
      expect(await service.read()).to.equal('new');
    });

    it('does not run the method when the first invalidation fails', async () => {
      const { service, cache } = bound(new Jobs());
      await cache.close();
      await rejects(service.run(), { code: 'ERR_CACHEWARP_CLOSED' });
      expect(service.state).to.equal('old');
    });

    it('tells of a second invalidation that fails: by its error, or by a warning where the method failed, too', async () => {
      const { service, cache } = bound(new Jobs());
      service.duringRun = () => cache.close();
      await rejects(service.run(), (error) => error instanceof InvalidationError && error.result === 'ran');

      const other = bound(new Jobs());
      other.service.fails = true;
      other.service.duringRun = () => other.cache.close();
      const warnings = await warningsDuring(() => rejects(other.service.run(), { message: 'half done' }));
      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.match(/^the invalidation by Jobs\.run failed: .*closed/);
    });
  });

  describe('with afterCommit', () => {
    class Accounts {
      balance = 1;
      readonly commits: (() => Promise<void>)[] = [];

      @CacheResponse('1h')
      async read(): Promise<number> {
        return this.balance;
      }

      @Invalidates('Accounts.read()', { afterCommit: (run, call) => void call.self.commits.push(run) })
      async deposit(amount: number): Promise<number> {
        return (this.balance += amount);
      }
    }

    it('invalidates when the transaction says so, and not before', async () => {
      const { service } = bound(new Accounts());
      await service.read();
      expect(await service.deposit(5)).to.equal(6);
      expect(await service.read()).to.equal(1);
      await service.commits[0]!();
      expect(await service.read()).to.equal(6);
    });

    it('tells of a failure by the promise of run, and by a warning for whoever does not await it', async () => {
      const { service, cache } = bound(new Accounts());
      await service.deposit(5);
      await cache.close();
      const warnings = await warningsDuring(() =>
        rejects(service.commits[0]!(), (error) => error instanceof InvalidationError && error.result === 6),
      );
      expect(warnings).to.have.length(1);
      expect(await warningsDuring(() => void service.commits[0]!())).to.have.length(1);
    });
  });

  it('stacks with @CacheResponse in either order', async () => {
    class Tokens {
      issued = 0;

      @CacheResponse('1h')
      @Invalidates({ tag: 'inside' })
      async cachedOutside(): Promise<number> {
        return ++this.issued;
      }

      @Invalidates({ tag: 'outside' })
      @CacheResponse('1h')
      async cachedInside(): Promise<number> {
        return ++this.issued;
      }
    }
    const { service, cache } = bound(new Tokens());
    const raised = (): number => cache.history().length;

    expect([await service.cachedOutside(), await service.cachedOutside(), raised()]).to.deep.equal([1, 1, 1]);
    expect([await service.cachedInside(), await service.cachedInside(), raised()]).to.deep.equal([2, 2, 3]);
  });

  it('keeps the name, length and this of the method', async () => {
    const descriptor = Object.getOwnPropertyDescriptor(Users.prototype, 'remove')!;
    expect(descriptor.value).to.include({ name: 'remove', length: 2 });
  });

  describe('refuses, when the class is defined,', () => {
    const decorate = (...targets: unknown[]): void => {
      const decorator = (Invalidates as (...given: unknown[]) => (...args: unknown[]) => void)(...targets);
      decorator({}, 'method', { value: async () => 1 });
    };
    const cases: [what: string, targets: unknown[], message: RegExp][] = [
      ['to name nothing', [], /^targets must name what to invalidate, got \[\]$/],
      ['to name nothing but options', [{ before: true }], /^targets must name what to invalidate/],
      ['a target of no known form', [{ tga: 'x' }], /^target must be a key.*, got \{"tga":"x"\}$/],
      ['a target that is no target', [5], /^target must be a key.*, got 5$/],
      ['an empty key', [''], /^target must be text that is not empty, got ""$/],
      ['an unknown option', ['a', { before: true, after: 1 }], /^after is not an option \(known: .*\), got 1$/],
      ['options that are not last', [{ before: true }, 'a'], /^target must be a key/],
      ['a before that is not true', ['a', { before: false }], /^before must be true where it is given, got false$/],
      ['an afterCommit that is no function', ['a', { afterCommit: 5 }], /^afterCommit must be a function, got 5$/],
      ['both', ['a', { before: true, afterCommit: () => 1 }], /^afterCommit must not be given beside before/],
      [
        'a function of the result before there is one',
        [() => 'a', { before: true }],
        /^targets\[0\] must not be computed/,
      ],
      ['an unknown mode', ['a', { unbound: 'ignore' }], /^unbound must be one of/],
    ];
    for (const [what, targets, message] of cases) {
      it(what, () => expect(() => decorate(...targets)).to.throw(InvalidOptionError, message));
    }

    it('what is not a method', () => {
      const decorator = Invalidates('a') as (...args: unknown[]) => void;
      expect(() => decorator({}, 'field')).to.throw(InvalidOptionError, '@Invalidates must decorate a method');
    });
  });
});
