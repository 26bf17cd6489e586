import { rejects } from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { MemoryStore } from '#src/store/memory-store.js';
import { ChaosStore } from '#src/testing/chaos-store.js';
import { FakeClock } from '#src/testing/fake-clock.js';
import { makeEntry } from '../store/make-entry.js';

function makeChaos() {
  const clock = new FakeClock();
  const inner = new MemoryStore({ clock });
  inner.set('a', makeEntry('kept'));
  return { clock, inner, chaos: new ChaosStore(inner, clock) };
}

describe('ChaosStore', () => {
  it('passes everything through until it is told otherwise, and notes every call', async () => {
    const { chaos } = makeChaos();
    expect((await chaos.get('a'))?.value).to.equal('kept');
    await chaos.set('b', makeEntry('new'));
    await chaos.getMany(['a', 'b']);
    expect(chaos.calls).to.deep.equal([
      { operation: 'get', on: 'a' },
      { operation: 'set', on: 'b' },
      { operation: 'getMany', on: ['a', 'b'] },
    ]);
    expect(chaos.count('get')).to.equal(1);
  });

  it('fails the operations named, or all, until it is released', async () => {
    const { chaos, inner } = makeChaos();
    const down = new Error('down');
    chaos.fail(down, 'set');
    await rejects(async () => chaos.set('a', makeEntry('new')), down);
    expect(inner.get('a')?.value).to.equal('kept');
    expect((await chaos.get('a'))?.value).to.equal('kept');
    chaos.fail(down);
    for (const call of [() => chaos.get('a'), () => chaos.keys('', 1), () => chaos.stats(), () => chaos.close()]) {
      await rejects(async () => call(), down);
    }
    chaos.release();
    expect((await chaos.get('a'))?.value).to.equal('kept');
  });

  it('delays by the clock', async () => {
    const { chaos, clock } = makeChaos();
    chaos.delay(50, 'get');
    let answer: unknown;
    void Promise.resolve(chaos.get('a')).then((entry) => (answer = entry?.value));
    await clock.advanceAsync(49);
    expect(answer).to.equal(undefined);
    await clock.advanceAsync(1);
    expect(answer).to.equal('kept');
  });

  it('freezes a call before it acts, and lets it act when released', async () => {
    const { chaos, inner } = makeChaos();
    chaos.freeze('set', 'delete');
    const written = chaos.set('b', makeEntry('late'));
    const deleted = chaos.delete('a');
    await nextTurn();
    expect(inner.get('b')).to.equal(undefined);
    expect(chaos.frozenCalls).to.equal(2);
    chaos.release('set');
    await written;
    expect(inner.get('b')?.value).to.equal('late');
    expect(inner.get('a')?.value).to.equal('kept');
    chaos.release();
    expect(await deleted).to.equal(true);
    expect(chaos.frozenCalls).to.equal(0);
  });

  it('loses writes that it says were done', async () => {
    const { chaos, inner } = makeChaos();
    chaos.loseWrites();
    await chaos.set('b', makeEntry('lost'));
    expect(await chaos.delete('a')).to.equal(true);
    await chaos.clear();
    expect(inner.keys('', 10)).to.deep.equal(['a']);
  });

  it('loses the answer of what was done', async () => {
    const { chaos, inner } = makeChaos();
    const reset = new Error('reset');
    chaos.loseAnswers(reset, 'set');
    await rejects(async () => chaos.set('b', makeEntry('done')), reset);
    expect(inner.get('b')?.value).to.equal('done');
  });
});
