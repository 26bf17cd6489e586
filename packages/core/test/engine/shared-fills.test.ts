import { rejects } from 'node:assert/strict';
import { expect } from 'chai';
import { EventRecorder } from '#src/testing/event-recorder.js';
import { PausedLoader } from '#src/testing/race-kit.js';
import { settle } from './make-cache.js';
import { makeNodes } from './make-nodes.js';

describe('fills in a tier that several processes share', () => {
  it('load a cold key once for all callers of all processes', async () => {
    const { nodes } = makeNodes(8);
    const loader = new PausedLoader<string>();
    const answers = nodes.flatMap(({ cache }) => Array.from({ length: 50 }, () => cache.getOrLoad('k', loader.load)));
    await settle();
    expect(loader.calls).to.have.length(1);

    loader.finish(0, 'value');
    expect(new Set(await Promise.all(answers))).to.deep.equal(new Set(['value']));
    expect(loader.calls).to.have.length(1);
    const stats = await Promise.all(nodes.map(({ cache }) => cache.stats()));
    expect(stats.map(({ leaseWaits }) => leaseWaits).filter((waits) => waits === 1)).to.have.length(7);
  });

  it('tell how a wait ended: by the answer, or by inheriting the lease of one who failed', async () => {
    const { nodes } = makeNodes(2);
    const loader = new PausedLoader<string>();
    const told = new EventRecorder(nodes[1]!.cache.events);
    for (const outcome of ['answered', 'inherited']) {
      const first = nodes[0]!.cache.getOrLoad(outcome, loader.load);
      await settle();
      const second = nodes[1]!.cache.getOrLoad(outcome, loader.load);
      await settle();
      const call = loader.calls.length - 1;
      if (outcome === 'answered') {
        loader.finish(call, 'value');
        expect(await Promise.all([first, second])).to.deep.equal(['value', 'value']);
      } else {
        loader.fail(call, new Error('the first fails'));
        await rejects(first, /the first fails/);
        await settle();
        loader.finish(call + 1, 'of the second');
        expect(await second).to.equal('of the second');
      }
    }
    const waits = told.of('leaseWait').map(({ outcome }) => outcome);
    expect(waits).to.deep.equal(['answered', 'inherited']);
    told.stop();
  });

  it('wait no longer than one lease for a process that died', async () => {
    const { nodes, clock } = makeNodes(2);
    const [dead, alive] = nodes;
    const loader = new PausedLoader<string>();
    void dead!.cache.getOrLoad('k', loader.load);
    await settle();
    dead!.way.isAway = true;
    const answer = alive!.cache.getOrLoad('k', loader.load);
    await settle();
    expect(loader.calls).to.have.length(1);
    await clock.advanceAsync(1_001);
    await settle();
    expect(loader.calls).to.have.length(2);
    loader.finish(1, 'of the living');
    expect(await answer).to.equal('of the living');
  });

  it('keep the lease of a load that takes long', async () => {
    const { nodes, clock } = makeNodes(2);
    const loader = new PausedLoader<string>();
    const first = nodes[0]!.cache.getOrLoad('k', loader.load);
    await settle();
    const second = nodes[1]!.cache.getOrLoad('k', loader.load);
    for (let passed = 0; passed < 9_000; passed += 300) await clock.advanceAsync(300);
    expect(loader.calls).to.have.length(1);
    loader.finish(0, 'slow');
    expect(await Promise.all([first, second])).to.deep.equal(['slow', 'slow']);
  });

  it('go on alone after waiting for ten seconds', async () => {
    const { nodes, clock } = makeNodes(2);
    const loader = new PausedLoader<string>();
    void nodes[0]!.cache.getOrLoad('k', loader.load);
    await settle();
    const second = nodes[1]!.cache.getOrLoad('k', loader.load);
    for (let passed = 0; passed < 11_000; passed += 300) await clock.advanceAsync(300);
    expect(loader.calls).to.have.length(2);
    loader.finish(1, 'alone');
    expect(await second).to.equal('alone');
  });

  it('store nothing of a process that stood still beyond its lease and wakes late', async () => {
    const { nodes, clock } = makeNodes(2);
    const [paused, other] = nodes;
    const lost = new EventRecorder(paused!.cache.events);
    const loader = new PausedLoader<string>();
    const late = paused!.cache.getOrLoad('k', loader.load);
    await settle();
    // As for a process that is stopped: its timers do not fire.
    clock.jumpTo(clock.now() + 60_000);
    expect(await other!.cache.getOrLoad('k', () => 'new')).to.equal('new');
    loader.finish(0, 'old');
    expect(await late).to.equal('old');
    await settle();
    expect(lost.of('leaseLost')).to.deep.equal([{ key: 'k' }]);
    const fresh = makeReader(nodes);
    expect(await fresh()).to.equal('new');
    lost.stop();
  });

  it('refresh a stale entry once for all processes', async () => {
    const { nodes, clock } = makeNodes(3, { defaults: { ttl: '10s', staleWhileRevalidate: '1m' } });
    for (const { cache } of nodes) await cache.getOrLoad('k', () => 'old');
    clock.advance(11_000);
    const loader = new PausedLoader<string>();
    for (let round = 0; round < 3; round++) {
      for (const { cache } of nodes) expect(await cache.getOrLoad('k', loader.load)).to.equal('old');
      await settle();
    }
    expect(loader.calls).to.have.length(1);
    loader.finish(0, 'new');
    await settle();
    await clock.advanceAsync(300);
    for (const { cache } of nodes) {
      await cache.getOrLoad('k', loader.load);
      await settle();
      expect(await cache.getOrLoad('k', loader.load)).to.equal('new');
    }
    expect(loader.calls).to.have.length(1);
    for (const { cache } of nodes) expect((await cache.stats()).leaseWaits, 'nobody waits for a refresh').to.equal(0);
  });

  it('answer many keys at once from what other processes filled', async () => {
    const { nodes } = makeNodes(2);
    await nodes[0]!.cache.getOrLoadMany(['a', 'b'], (keys) => keys.map((key) => `${key}!`));
    const asked: string[][] = [];
    const values = await nodes[1]!.cache.getOrLoadMany(['a', 'b', 'c'], (keys) => {
      asked.push(keys);
      return keys.map((key) => `${key}?`);
    });
    expect(values).to.deep.equal(['a!', 'b!', 'c?']);
    expect(asked).to.deep.equal([['c']]);
  });

  it('let the value win that was set last, on every process, in whatever order the writes arrive', async () => {
    const { nodes } = makeNodes(2);
    for (let round = 0; round < 50; round++) {
      await Promise.all(nodes.map(({ cache }, index) => cache.set('k', `${round} of ${index}`)));
      const seen = await Promise.all(nodes.map(({ cache }) => cache.get('k')));
      expect(seen[0], `round ${round}`).to.equal(seen[1]);
      expect(seen[0]).to.be.a('string');
    }
  });

  it('give the same value from memory and from the shared tier', async () => {
    const { nodes } = makeNodes(2);
    const value = {
      at: new Date(0),
      map: new Map([[1n, new Set(['x'])]]),
      bytes: new Uint8Array([1, 2]),
      no: undefined,
    };
    await nodes[0]!.cache.set('k', value);
    expect(await nodes[0]!.cache.get('k')).to.deep.equal(value);
    expect(await nodes[1]!.cache.get('k')).to.deep.equal(value);
  });

  it('do not wait when the tier cannot be asked', async () => {
    const { nodes } = makeNodes(2);
    const loader = new PausedLoader<string>();
    void nodes[0]!.cache.getOrLoad('k', loader.load);
    await settle();
    nodes[1]!.way.isAway = true;
    const answer = nodes[1]!.cache.getOrLoad('k', loader.load);
    await settle();
    expect(loader.calls).to.have.length(2);
    loader.finish(1, 'alone');
    expect(await answer).to.equal('alone');
  });
});

/** Reads with an empty memory, as a process does that has just begun. */
function makeReader(nodes: ReturnType<typeof makeNodes>['nodes']): () => Promise<unknown> {
  return async () => {
    const { cache } = nodes[1]!;
    cache.parts.memory.clear();
    return cache.get('k');
  };
}
