import { expect } from 'chai';
import type { Targets } from '#src/invalidation/target.js';
import { EventRecorder } from '#src/testing/event-recorder.js';
import { PausedLoader } from '#src/testing/race-kit.js';
import { settle } from './make-cache.js';
import { makeNodes, type Node } from './make-nodes.js';

const targets: Record<string, Targets> = {
  'its key': 'user:1',
  'its tag': { tag: 'team:7' },
  'its prefix': { prefix: 'user:' },
  everything: { all: true },
};
const options = { tags: ['team:7'], ttl: '1h' } as const;

describe('an invalidation in a tier that several processes share', () => {
  for (const [what, target] of Object.entries(targets)) {
    it(`of ${what} drops what every process has in memory`, async () => {
      const { nodes } = makeNodes(3);
      for (const { cache } of nodes) await cache.getOrLoad('user:1', () => 'old', options);
      await nodes[0]!.cache.invalidate(target);
      for (const { cache } of nodes) expect(cache.peek('user:1')).to.equal(undefined);
      expect(await nodes[2]!.cache.getOrLoad('user:1', () => 'new', options)).to.equal('new');
      expect(await nodes[1]!.cache.getOrLoad('user:1', () => 'newer', options)).to.equal('new');
    });

    it(`of ${what} is known to whoever reads the shared tier, also when word of it was lost`, async () => {
      const { nodes } = makeNodes(2);
      const [one, deaf] = nodes as [Node, Node];
      await one.cache.getOrLoad('user:1', () => 'old', options);
      await one.cache.getOrLoad('user:2', () => 'old', options);
      deaf.way.isDeaf = true;
      await one.cache.invalidate(target);
      expect(await deaf.cache.getOrLoad('user:1', () => 'new', options)).to.equal('new');
    });

    it(`of ${what} fences the load that another process is running, and what it would have stored`, async () => {
      const { nodes } = makeNodes(2);
      const [one, other] = nodes as [Node, Node];
      const loader = new PausedLoader<string>();
      const before = one.cache.getOrLoad('user:1', loader.load, options);
      await settle();
      await other.cache.invalidate(target);
      const after = other.cache.getOrLoad('user:1', loader.load, options);
      await settle();
      expect(loader.calls, 'the new load does not wait for the old one').to.have.length(2);
      loader.finish(0, 'old');
      expect(await before).to.equal('old');
      await settle();
      loader.finish(1, 'new');
      expect(await after).to.equal('new');
      await settle();
      for (const { cache } of nodes) expect(await cache.getOrLoad('user:1', () => 'newest', options)).to.equal('new');
    });
  }

  it('does not concern the load of one who waited, and begins only behind it', async () => {
    const { nodes } = makeNodes(3);
    const [first, waiting, third] = nodes as [Node, Node, Node];
    const loader = new PausedLoader<string>();
    void first.cache.getOrLoad('user:1', loader.load, options);
    await settle();
    const inherited = waiting.cache.getOrLoad('user:1', loader.load, options);
    await settle();
    await third.cache.invalidate({ tag: 'team:7' });
    await settle();
    expect(loader.calls).to.have.length(2);
    loader.finish(1, 'new');
    expect(await inherited).to.equal('new');
    await settle();
    expect(waiting.cache.peek('user:1')).to.equal('new');
    expect(await third.cache.get('user:1')).to.equal('new');
  });

  it('turns entries stale everywhere where it only expires them', async () => {
    const { nodes } = makeNodes(2, { defaults: { ttl: '1h', staleWhileRevalidate: '1h' } });
    for (const { cache } of nodes) await cache.getOrLoad('k', () => 'old');
    await nodes[0]!.cache.expire('k');
    const loader = new PausedLoader<string>();
    expect(await nodes[1]!.cache.getOrLoad('k', loader.load)).to.equal('old');
    await settle();
    loader.finish(0, 'new');
    await settle();
    expect(await nodes[1]!.cache.getOrLoad('k', loader.load)).to.equal('new');
  });

  it('is told with who and why to every process', async () => {
    const { nodes } = makeNodes(2);
    await nodes[0]!.cache.getOrLoad('k', () => 'old');
    await nodes[0]!.cache.invalidate('k', { by: 'an operator', reason: 'a test' });
    await nodes[1]!.cache.set('k', 'of a set, which is nobody’s invalidation');
    expect(nodes[1]!.cache.history().map(({ by, reason }) => [by, reason])).to.deep.equal([['an operator', 'a test']]);
  });
});

describe('a process that a shared tier has lost', () => {
  it('answers from memory and by its loader, and keeps what it loads for itself', async () => {
    const { nodes } = makeNodes(2);
    const [away, other] = nodes as [Node, Node];
    await away.cache.getOrLoad('warm', () => 'warm', options);
    away.way.isAway = true;
    expect(await away.cache.getOrLoad('warm', () => 'never', options)).to.equal('warm');
    expect(await away.cache.getOrLoad('cold', () => 'cold', options)).to.equal('cold');
    expect(away.cache.peek('cold')).to.equal('cold');
    expect(await other.cache.get('cold')).to.equal(undefined);
  });

  for (const [what, target] of Object.entries(targets)) {
    it(`invalidates ${what} for itself at once, and for the others when it is back, before it reads`, async () => {
      const { nodes, clock } = makeNodes(2);
      const [away, other] = nodes as [Node, Node];
      const waiting = new EventRecorder(away.cache.events);
      for (const { cache } of nodes) await cache.getOrLoad('user:1', () => 'old', options);
      away.way.isAway = true;
      await away.cache.invalidate(target);
      expect(away.cache.peek('user:1')).to.equal(undefined);
      expect(await away.cache.getOrLoad('user:1', () => 'new', options)).to.equal('new');
      expect(other.cache.peek('user:1')).to.equal('old');

      away.way.isAway = false;
      expect(other.cache.peek('user:1')).to.equal(undefined);
      await clock.advanceAsync(120_000);
      expect(await other.cache.getOrLoad('user:1', () => 'newer', options)).to.equal('newer');
      expect(await away.cache.getOrLoad('user:1', () => 'never', options)).to.equal('newer');
      expect(waiting.of('undelivered').map((event) => event.waiting)).to.deep.equal([1, 0]);
      waiting.stop();
    });
  }

  it('does not use what another process may have invalidated meanwhile, once the log has been silent for too long', async () => {
    const { nodes, clock } = makeNodes(2);
    const [cut, other] = nodes as [Node, Node];
    await cut.cache.getOrLoad('user:1', () => 'old', options);
    cut.way.isAway = true;
    await other.cache.invalidate('user:1');
    cut.way.silence(true, 2_000);
    expect(cut.cache.peek('user:1')).to.equal(undefined);
    expect(await cut.cache.getOrLoad('user:1', () => 'new', options)).to.equal('new');

    clock.advance(1_999);
    expect(cut.cache.peek('user:1'), 'within the tolerance').to.equal('new');
    clock.advance(2);
    expect(cut.cache.peek('user:1'), 'beyond it').to.equal(undefined);
    expect(await cut.cache.getOrLoad('user:1', () => 'newer', options)).to.equal('newer');
  });

  it('trusts what it has again when the log is heard, as far as nothing was invalidated', async () => {
    const { nodes } = makeNodes(2);
    const [cut, other] = nodes as [Node, Node];
    await cut.cache.getOrLoad('kept', () => 'kept', options);
    await cut.cache.getOrLoad('gone', () => 'gone', { ttl: '1h' });
    cut.way.isAway = true;
    cut.way.silence(true);
    await other.cache.invalidate('gone');
    expect(cut.cache.peek('kept')).to.equal(undefined);
    cut.way.isAway = false;
    cut.way.silence(false);
    expect(cut.cache.peek('kept')).to.equal('kept');
    expect(cut.cache.peek('gone')).to.equal(undefined);
  });

  it('lets nobody join a load from before, while the log is silent', async () => {
    const { nodes, clock } = makeNodes(1);
    const [{ cache, way }] = nodes as [Node];
    const loader = new PausedLoader<string>();
    const before = cache.getOrLoad('k', loader.load);
    await settle();
    way.isAway = true;
    way.silence(true, 2_000);
    void cache.getOrLoad('k', loader.load);
    await settle();
    expect(loader.calls, 'within the tolerance').to.have.length(1);
    clock.advance(2_001);
    const after = cache.getOrLoad('k', loader.load);
    await settle();
    expect(loader.calls, 'beyond it').to.have.length(2);
    loader.finish(0, 'before');
    loader.finish(1, 'after');
    expect(await Promise.all([before, after])).to.deep.equal(['before', 'after']);
  });

  it('uses nothing from before a log that began anew, in memory or in the tier', async () => {
    const { nodes, medium } = makeNodes(2);
    const gaps = new EventRecorder(nodes[1]!.cache.events);
    for (const { cache } of nodes) await cache.getOrLoad('k', () => 'old');
    const loader = new PausedLoader<string>();
    const running = nodes[0]!.cache.getOrLoad('other', loader.load);
    await settle();
    medium.flush();
    for (const { cache } of nodes) expect(cache.peek('k')).to.equal(undefined);
    loader.finish(0, 'from before');
    expect(await running).to.equal('from before');
    expect(nodes[0]!.cache.peek('other')).to.equal(undefined);
    expect(await nodes[1]!.cache.getOrLoad('k', () => 'new')).to.equal('new');
    expect(gaps.of('logGap').map(({ reason }) => reason)).to.deep.equal(['epoch']);
    gaps.stop();
  });
});
