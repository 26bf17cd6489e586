import { expect } from 'chai';
import sinon from 'sinon';
import { MemoryStore } from '#src/store/memory-store.js';
import { ChaosStore } from '#src/testing/chaos-store.js';
import { EventRecorder } from '#src/testing/event-recorder.js';
import { FakeClock } from '#src/testing/fake-clock.js';
import { PausedLoader } from '#src/testing/race-kit.js';
import { makeCache, settle } from './make-cache.js';

/** A cache over a second tier that fails on command. */
function makeTieredCache(options: Parameters<typeof makeCache>[0] = {}) {
  const clock = new FakeClock();
  const behind = new MemoryStore({ clock });
  const chaos = new ChaosStore(behind);
  return { behind, chaos, ...makeCache({ store: chaos, clock, ...options }) };
}

describe('a cache with a tier behind its memory', () => {
  it('writes through, and answers from it what memory has lost, without a load', async () => {
    const { cache, behind } = makeTieredCache();
    await cache.getOrLoad('k', () => 'v');
    await settle();
    expect(behind.get('k')?.value).to.equal('v');
    cache.parts.memory.clear();
    const load = sinon.fake.returns('again');
    expect(await cache.getOrLoad('k', load)).to.equal('v');
    expect(load.callCount).to.equal(0);
    expect((await cache.stats()).hits).to.equal(1);
    expect(cache.peek('k')).to.equal('v');
  });

  it('judges what it finds there by the log: an invalidated entry is a miss', async () => {
    const { cache, behind } = makeTieredCache();
    await cache.set('k', 'old', { tags: ['t'] });
    cache.parts.memory.clear();
    await cache.invalidate({ tag: 't' });
    expect(behind.get('k')?.value).to.equal('old');
    expect(await cache.getOrLoad('k', () => 'new')).to.equal('new');
  });

  it('serves a stale entry found there at once and refreshes behind it', async () => {
    const { cache, clock } = makeTieredCache();
    const options = { ttl: 10, staleWhileRevalidate: 60 } as const;
    await cache.set('k', 'old', options);
    cache.parts.memory.clear();
    clock.advance(10_000);
    const loader = new PausedLoader<string>();
    expect(await cache.getOrLoad('k', loader.load, options)).to.equal('old');
    await settle();
    loader.finish(0, 'new');
    await settle();
    expect(cache.peek('k')).to.equal('new');
  });

  it('refreshes ahead although the same entry is there, and takes a younger one from there', async () => {
    const { cache, clock, behind } = makeTieredCache({ random: () => 1 - 1 / Math.E });
    const loader = new PausedLoader<string>();
    const options = { ttl: 100, refreshAhead: 1 } as const;
    const first = cache.getOrLoad('k', loader.load, options);
    await settle();
    clock.advance(10_000);
    loader.finish(0, 'one');
    await first;
    clock.advance(91_000);
    await cache.getOrLoad('k', loader.load, options);
    await settle();
    expect(loader.calls).to.have.length(2);
    loader.finish(1, 'two');
    await settle();
    expect(cache.peek('k')).to.equal('two');

    const entry = behind.get('k')!;
    clock.advance(100_000);
    behind.set('k', {
      ...entry,
      value: 'of another process',
      createdAt: clock.now(),
      freshUntil: clock.now() + 50_000,
    });
    expect(await cache.getOrLoad('k', loader.load, options)).to.equal('of another process');
    expect(loader.calls).to.have.length(2);
  });

  it('uses memory no longer than memoryTtl before asking again', async () => {
    const { cache, clock, chaos } = makeTieredCache();
    const get = sinon.spy(chaos, 'get');
    const options = { ttl: 100, memoryTtl: 5 } as const;
    await cache.getOrLoad('k', () => 'v', options);
    get.resetHistory();
    clock.advance(4_999);
    await cache.getOrLoad('k', () => 'new', options);
    expect(get.callCount).to.equal(0);
    clock.advance(1);
    expect(await cache.getOrLoad('k', () => 'new', options)).to.equal('v');
    expect(get.callCount).to.equal(1);
  });

  it('goes on with memory and the loader when it fails, and says so', async () => {
    const { cache, chaos } = makeTieredCache();
    const recorder = new EventRecorder(cache.events);
    chaos.fail(new Error('down'));
    expect(await cache.getOrLoad('k', () => 'v')).to.equal('v');
    expect(await cache.getOrLoad('k', () => 'again')).to.equal('v');
    await cache.invalidate('k');
    expect(await cache.getOrLoad('k', () => 'new')).to.equal('new');
    expect(recorder.of('storeError').length).to.be.above(0);
  });

  it('asks for many keys in one round trip', async () => {
    const { cache, chaos } = makeTieredCache();
    await cache.set('a', 'A');
    cache.parts.memory.clear();
    const [get, getMany] = [sinon.spy(chaos, 'get'), sinon.spy(chaos, 'getMany')];
    const loadMissing = sinon.fake((keys: string[]) => keys.map((key) => key.toUpperCase()));
    expect(await cache.getOrLoadMany(['a', 'b', 'c'], loadMissing)).to.deep.equal(['A', 'B', 'C']);
    expect([get.callCount, getMany.callCount]).to.deep.equal([0, 1]);
    expect(loadMissing.args[0]?.[0]).to.deep.equal(['b', 'c']);
  });

  it('works with memory switched off', async () => {
    const { cache } = makeTieredCache({ memory: false });
    const load = sinon.fake.returns('v');
    await cache.getOrLoad('k', load);
    await settle();
    expect(await cache.getOrLoad('k', load)).to.equal('v');
    expect(load.callCount).to.equal(1);
    await cache.invalidate('k');
    expect(await cache.getOrLoad('k', () => 'new')).to.equal('new');
  });

  it('caches nothing, but still runs one load at a time, with neither tier', async () => {
    const { cache } = makeCache({ memory: false });
    const loader = new PausedLoader<string>();
    const answers = [cache.getOrLoad('k', loader.load), cache.getOrLoad('k', loader.load)];
    loader.finish(0, 'v');
    expect(await Promise.all(answers)).to.deep.equal(['v', 'v']);
    void cache.getOrLoad('k', loader.load);
    expect(loader.calls).to.have.length(2);
    loader.finish(1, 'w');
    await settle();
  });
});
