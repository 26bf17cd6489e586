import { expect } from 'chai';
import { LocalInvalidationLog } from '#src/invalidation/local-invalidation-log.js';
import type { Targets } from '#src/invalidation/target.js';
import { PausedLoader, UnreliableLog } from '#src/testing/race-kit.js';
import { makeCache, settle } from './make-cache.js';

const targets: Record<string, Targets> = {
  'its key': 'user:1',
  'a tag given with the call': { tag: 'team:7' },
  'a tag learnt from the result': { tag: 'name:old' },
  'one of several tags': { tags: ['nobody', 'team:7'] },
  'its prefix': { prefix: 'user:' },
  everything: { all: true },
};

describe('a fill that an invalidation overtakes', () => {
  for (const [what, target] of Object.entries(targets)) {
    it(`stores nothing after ${what} was invalidated, and newcomers load anew`, async () => {
      const { cache } = makeCache();
      const loader = new PausedLoader<string>();
      const options = { tags: (value: string) => ['team:7', `name:${value}`] };

      const before = cache.getOrLoad('user:1', loader.load, options);
      await cache.invalidate(target);
      const after = cache.getOrLoad('user:1', loader.load, options);
      expect(loader.calls).to.have.length(2);

      loader.finish(0, 'old');
      expect(await before).to.equal('old');
      expect(cache.peek('user:1')).to.equal(undefined);

      loader.finish(1, 'new');
      expect(await after).to.equal('new');
      expect(cache.peek('user:1')).to.equal('new');
      expect((await cache.stats()).fencedFills).to.equal(1);
    });
  }

  it('does not put the old value over the new one when the old load ends last', async () => {
    const { cache } = makeCache();
    const loader = new PausedLoader<string>();
    const before = cache.getOrLoad('k', loader.load);
    await cache.invalidate('k');
    const after = cache.getOrLoad('k', loader.load);
    loader.finish(1, 'new');
    await after;
    loader.finish(0, 'old');
    expect(await before).to.equal('old');
    expect(cache.peek('k')).to.equal('new');
  });

  it('is kept when an invalidation of something else came between', async () => {
    const { cache } = makeCache();
    const loader = new PausedLoader<string>();
    const answer = cache.getOrLoad('user:1', () => loader.load({} as never), { tags: ['team:7'] });
    await cache.invalidate(['user:2', { tag: 'team:8' }, { prefix: 'post:' }]);
    const joined = cache.getOrLoad('user:1', () => loader.load({} as never), { tags: ['team:7'] });
    expect(loader.calls).to.have.length(1);
    loader.finish(0, 'value');
    expect(await Promise.all([answer, joined])).to.deep.equal(['value', 'value']);
    expect(cache.peek('user:1')).to.equal('value');
  });

  it('turns newcomers away after any tag was invalidated while its own tags are not known yet', async () => {
    const { cache } = makeCache();
    const loader = new PausedLoader<string>();
    const options = { tags: (value: string) => [value] };
    const before = cache.getOrLoad('k', loader.load, options);
    await cache.invalidate({ tag: 'perhaps' });
    const after = cache.getOrLoad('k', loader.load, options);
    expect(loader.calls).to.have.length(2);
    loader.finish(0, 'perhaps');
    loader.finish(1, 'perhaps');
    await Promise.all([before, after]);
    expect(loader.calls).to.have.length(2);
  });

  it('honours tags that the loader names while it runs', async () => {
    const { cache } = makeCache();
    const loader = new PausedLoader<string>();
    const before = cache.getOrLoad('k', loader.load);
    loader.calls[0]!.context.setOptions({ tags: ['late'] });
    await cache.invalidate({ tag: 'late' });
    loader.finish(0, 'old');
    await before;
    expect(cache.peek('k')).to.equal(undefined);
  });

  it('applies to a background refresh as well', async () => {
    const { cache, clock } = makeCache();
    const loader = new PausedLoader<string>();
    const options = { ttl: 10, staleWhileRevalidate: 60 } as const;
    await cache.set('k', 'old', options);
    clock.advance(11_000);
    expect(await cache.getOrLoad('k', loader.load, options)).to.equal('old');
    await cache.invalidate('k');
    loader.finish(0, 'old again');
    await settle();
    expect(cache.peek('k')).to.equal(undefined);
    const after = cache.getOrLoad('k', loader.load, options);
    loader.finish(1, 'new');
    expect(await after).to.equal('new');
  });

  it('applies to entries that are stored already: by key, tag, prefix and all', async () => {
    for (const target of Object.values(targets)) {
      const { cache } = makeCache();
      await cache.set('user:1', 'old', { tags: ['team:7', 'name:old'] });
      expect(cache.peek('user:1')).to.equal('old');
      await cache.invalidate(target);
      expect(cache.peek('user:1')).to.equal(undefined);
      expect((await cache.stats()).entries).to.equal(0);
    }
  });

  it('is fenced by set, too: a load that began before does not overwrite what was set', async () => {
    const { cache } = makeCache();
    const loader = new PausedLoader<string>();
    const before = cache.getOrLoad('k', loader.load);
    await cache.set('k', 'set');
    loader.finish(0, 'loaded');
    expect(await before).to.equal('loaded');
    expect(cache.peek('k')).to.equal('set');
  });

  it('stores a result that was expired meanwhile as stale, not as fresh', async () => {
    const { cache, clock } = makeCache();
    const loader = new PausedLoader<string>();
    const options = { ttl: 10, staleWhileRevalidate: 60 } as const;
    const before = cache.getOrLoad('k', loader.load, options);
    await cache.expire('k');
    clock.advance(1);
    loader.finish(0, 'old');
    await before;
    expect(cache.peek('k')).to.equal(undefined);
    expect(await cache.getOrLoad('k', loader.load, options)).to.equal('old');
    expect(loader.calls).to.have.length(2);
    loader.finish(1, 'new');
    await settle();
    expect(cache.peek('k')).to.equal('new');
  });
});

describe('an invalidation log that loses messages', () => {
  it('makes everything older than the gap invalid, running loads included', async () => {
    const log = new UnreliableLog(new LocalInvalidationLog());
    const { cache } = makeCache({ log });
    const loader = new PausedLoader<string>();
    await cache.set('stored', 'old');
    const running = cache.getOrLoad('running', loader.load);

    log.delivery = 'drop';
    await cache.invalidate('something');
    expect(cache.peek('stored')).to.equal('old');
    log.delivery = 'deliver';
    await cache.invalidate('something else');

    expect(cache.peek('stored')).to.equal(undefined);
    loader.finish(0, 'old');
    await running;
    expect(cache.peek('running')).to.equal(undefined);
  });

  it('takes no harm from records that come twice or in the wrong order', async () => {
    const log = new UnreliableLog(new LocalInvalidationLog());
    const { cache } = makeCache({ log });
    log.delivery = 'duplicate';
    await cache.invalidate('k');
    await cache.set('k', 'kept');
    log.delivery = 'hold';
    await cache.invalidate([{ tag: 'a' }]);
    await cache.invalidate([{ tag: 'b' }]);
    log.releaseReversed();
    await cache.set('k', 'after');
    expect(cache.peek('k')).to.equal('after');
    log.delivery = 'deliver';
    await cache.invalidate('k');
    expect(cache.peek('k')).to.equal(undefined);
  });
});
