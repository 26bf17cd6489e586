import { setImmediate as nextTurn } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { BreakerOpenError, EncodeError, InvalidOptionError, StoreTimeoutError } from '#src/base/errors.js';
import type { CacheStore } from '#src/store/cache-store.js';
import type { GuardedStoreOptions } from '#src/store/guarded-store.js';
import { GuardedStore } from '#src/store/guarded-store.js';
import { MemoryStore } from '#src/store/memory-store.js';
import { EventBus } from '#src/telemetry/event-bus.js';
import { ChaosStore } from '#src/testing/chaos-store.js';
import { EventRecorder } from '#src/testing/event-recorder.js';
import { FakeClock } from '#src/testing/fake-clock.js';
import { makeEntry } from './make-entry.js';
import { SerializingStore } from './serializing-store.js';

const DOWN = new Error('connection refused');
const OPEN_MS = 5_000;

function makeGuarded(options: GuardedStoreOptions = {}, makeInner?: (clock: FakeClock) => CacheStore) {
  const clock = new FakeClock();
  const events = new EventBus();
  const recorder = new EventRecorder(events);
  const inner = makeInner?.(clock) ?? new MemoryStore({ clock });
  const chaos = new ChaosStore(inner, clock);
  const guarded = new GuardedStore(chaos, { clock, events, random: () => 0, ...options });
  const errors = () => recorder.of('storeError').map(({ operation, error }) => [operation, (error as Error).name]);
  const valueOf = async (key: string): Promise<unknown> => (await guarded.get(key))?.value;
  /** Opens the breaker, and forgets the noise. */
  const takeDown = async (): Promise<void> => {
    chaos.fail(DOWN);
    for (let i = 0; i < 5; i++) await guarded.get('whatever');
    recorder.clear();
    chaos.calls.length = 0;
  };
  const operations = () =>
    chaos.calls.map(({ operation, on }) => (typeof on === 'string' ? `${operation} ${on}` : operation));
  return { clock, recorder, inner, chaos, guarded, errors, valueOf, takeDown, operations };
}

describe('GuardedStore', () => {
  it('passes a healthy store through, setting no timer for one that answers at once', async () => {
    const { clock, guarded, valueOf, recorder } = makeGuarded();
    await guarded.set('a', makeEntry(1));
    expect(await valueOf('a')).to.equal(1);
    expect((await guarded.getMany(['x', 'a'])).map((entry) => entry?.value)).to.deep.equal([undefined, 1]);
    expect(await guarded.delete('a')).to.equal(true);
    expect(clock.pendingTimers).to.equal(0);
    expect(recorder.records).to.deep.equal([]);
    expect(guarded.name).to.equal('memory');
  });

  it('answers nothing and tells the fault when the store fails', async () => {
    const { chaos, guarded, recorder } = makeGuarded({ breaker: { failureThreshold: 100 } });
    chaos.fail(DOWN);
    expect(await guarded.get('a')).to.equal(undefined);
    expect(await guarded.getMany(['a', 'b'])).to.deep.equal([undefined, undefined]);
    expect(await guarded.keys('', 10)).to.deep.equal([]);
    expect(await guarded.stats()).to.deep.equal({ entries: undefined, bytes: undefined, evictions: 0 });
    await guarded.set('a', makeEntry(1));
    expect(await guarded.delete('a')).to.equal(false);
    await guarded.clear();
    expect(recorder.of('storeError')).to.deep.equal(
      ['get', 'getMany', 'keys', 'stats', 'set', 'delete', 'clear'].map((operation) => {
        return { store: 'memory', operation, error: DOWN };
      }),
    );
  });

  it('survives a store that throws instead of rejecting, and one that answers nonsense', async () => {
    const throwing = {
      get: (): never => {
        throw DOWN;
      },
      getMany: () => null,
      set: (): never => {
        throw DOWN;
      },
    };
    const { guarded, errors } = makeGuarded({}, () => Object.assign(new MemoryStore(), throwing as never));
    expect(await guarded.get('a')).to.equal(undefined);
    await guarded.set('a', makeEntry(1));
    expect(await guarded.getMany(['a'])).to.deep.equal([undefined]);
    expect(errors()).to.deep.equal([
      ['get', 'Error'],
      ['set', 'Error'],
    ]);
  });

  it('takes a store that keeps other promises than ours', async () => {
    // Another realm's promise is a promise, and no instance of ours.
    const foreign = runInNewContext('(entry) => Promise.resolve(entry)') as (entry: unknown) => never;
    const { valueOf } = makeGuarded({}, () =>
      Object.assign(new MemoryStore(), { get: () => foreign(makeEntry('odd')) }),
    );
    expect(await valueOf('a')).to.equal('odd');
  });

  it('goes on without a store that is too slow, and ignores its late answer', async () => {
    const { chaos, clock, guarded, inner, errors } = makeGuarded();
    await inner.set('a', makeEntry(1));
    chaos.freeze('get');
    const answer = Promise.resolve(guarded.get('a'));
    await clock.advanceAsync(99);
    expect(errors()).to.deep.equal([]);
    await clock.advanceAsync(1);
    expect(await answer).to.equal(undefined);
    expect(errors()).to.deep.equal([['get', 'StoreTimeoutError']]);
    chaos.release();
    await nextTurn();
    expect(errors().length).to.equal(1);
    expect(clock.pendingTimers).to.equal(0);
  });

  it('handles the rejection of a call that was given up', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): number => unhandled.push(reason);
    process.on('unhandledRejection', note);
    const rejects: ((error: unknown) => void)[] = [];
    const stuck = { get: () => new Promise<never>((_, reject) => rejects.push(reject)) };
    const { clock, guarded, recorder } = makeGuarded({}, () => Object.assign(new MemoryStore(), stuck));
    const answer = Promise.resolve(guarded.get('a'));
    await clock.advanceAsync(100);
    expect(await answer).to.equal(undefined);
    rejects[0]!(DOWN);
    await nextTurn();
    await nextTurn();
    process.off('unhandledRejection', note);
    expect(unhandled).to.deep.equal([]);
    expect(recorder.of('storeError').map(({ error }) => error instanceof StoreTimeoutError)).to.deep.equal([true]);
  });

  it('stops asking a store that keeps failing, and says so once for each operation and opening', async () => {
    const { chaos, clock, guarded, recorder, takeDown } = makeGuarded();
    await takeDown();
    expect(guarded.breakerState).to.equal('open');
    for (let i = 0; i < 3; i++) {
      expect(await guarded.get('a')).to.equal(undefined);
      await guarded.set('a', makeEntry(1));
    }
    expect(chaos.calls).to.deep.equal([]);
    expect(
      recorder.of('storeError').map(({ operation, error }) => [operation, error instanceof BreakerOpenError]),
    ).to.deep.equal([
      ['get', true],
      ['set', true],
    ]);
    await clock.advanceAsync(OPEN_MS);
    await guarded.get('a');
    expect(guarded.breakerState).to.equal('open');
    recorder.clear();
    await guarded.get('a');
    expect(recorder.of('storeError').map(({ error }) => error instanceof BreakerOpenError)).to.deep.equal([true]);
  });

  it('lets one read through after a while, and closes when it is answered', async () => {
    const { chaos, clock, inner, recorder, takeDown, valueOf } = makeGuarded();
    await inner.set('a', makeEntry(1));
    await takeDown();
    chaos.release();
    await clock.advanceAsync(OPEN_MS - 1);
    expect(await valueOf('a')).to.equal(undefined);
    await clock.advanceAsync(1);
    expect(await valueOf('a')).to.equal(1);
    expect(recorder.of('breaker').map(({ state }) => state)).to.deep.equal(['half-open', 'closed']);
    expect(await valueOf('a')).to.equal(1);
  });

  it('tells what cannot be encoded without blaming the store', async () => {
    const { guarded, errors, valueOf } = makeGuarded({}, (itsClock) => new SerializingStore(itsClock));
    await guarded.set('a', makeEntry('before'));
    for (let i = 0; i < 20; i++)
      await guarded.set(
        'a',
        makeEntry(() => 'no'),
      );
    expect(guarded.breakerState).to.equal('closed');
    expect(errors().every(([, name]) => name === EncodeError.name)).to.equal(true);
    expect(errors().length).to.equal(20);
    expect(await valueOf('a')).to.equal('before');
  });

  it('gives the probe back when what it writes cannot be encoded', async () => {
    const { chaos, clock, guarded, takeDown, valueOf } = makeGuarded({}, (itsClock) => new SerializingStore(itsClock));
    await guarded.set('a', makeEntry(1));
    await takeDown();
    chaos.release();
    await clock.advanceAsync(OPEN_MS);
    await guarded.set(
      'b',
      makeEntry(() => 'no'),
    );
    expect(guarded.breakerState).to.equal('half-open');
    expect(await valueOf('a')).to.equal(1);
    expect(guarded.breakerState).to.equal('closed');
  });

  it('delivers deletions made while the store was down before it is read again', async () => {
    const { chaos, clock, guarded, inner, takeDown, valueOf, operations } = makeGuarded();
    for (const key of ['a', 'b', 'c']) await inner.set(key, makeEntry('old'));
    await takeDown();
    expect(await guarded.delete('a')).to.equal(false);
    expect(await guarded.delete('b')).to.equal(false);
    chaos.release();
    clock.jumpTo(clock.now() + OPEN_MS);
    chaos.delay(10, 'delete');
    expect(await valueOf('a')).to.equal(undefined);
    expect(await valueOf('c')).to.equal(undefined);
    expect(operations()).to.deep.equal(['delete a', 'delete b']);
    await clock.advanceAsync(10);
    expect(guarded.breakerState).to.equal('closed');
    expect(await valueOf('a')).to.equal(undefined);
    expect(await valueOf('c')).to.equal('old');
    expect(operations()).to.deep.equal(['delete a', 'delete b', 'get a', 'get c']);
    expect(inner.keys('', 10)).to.deep.equal(['c']);
  });

  it('delivers them though nobody reads', async () => {
    const { chaos, clock, guarded, inner, takeDown } = makeGuarded();
    await inner.set('a', makeEntry('old'));
    await takeDown();
    await guarded.delete('a');
    chaos.release();
    await clock.advanceAsync(OPEN_MS);
    expect(inner.keys('', 10)).to.deep.equal([]);
    expect(guarded.breakerState).to.equal('closed');
    expect(clock.pendingTimers).to.equal(0);
  });

  it('opens again when the delivery fails, and delivers all of it later', async () => {
    const { chaos, clock, guarded, inner, recorder, takeDown } = makeGuarded();
    for (const key of ['a', 'b']) await inner.set(key, makeEntry('old'));
    await takeDown();
    await guarded.delete('a');
    await guarded.delete('b');
    await clock.advanceAsync(OPEN_MS);
    expect(recorder.of('breaker').map(({ state }) => state)).to.deep.equal(['half-open', 'open']);
    chaos.release();
    await clock.advanceAsync(2 * OPEN_MS);
    expect(inner.keys('', 10)).to.deep.equal([]);
    expect(guarded.breakerState).to.equal('closed');
  });

  it('delivers what is deleted while it delivers', async () => {
    const { chaos, clock, guarded, inner, takeDown, valueOf } = makeGuarded();
    for (const key of ['a', 'b']) await inner.set(key, makeEntry('old'));
    await takeDown();
    await guarded.delete('a');
    chaos.release();
    chaos.delay(10, 'delete');
    await clock.advanceAsync(OPEN_MS);
    await guarded.delete('b');
    await clock.advanceAsync(20);
    expect(guarded.breakerState).to.equal('closed');
    expect(inner.keys('', 10)).to.deep.equal([]);
    expect(await valueOf('b')).to.equal(undefined);
  });

  it('queues a deletion that the store did not confirm in time, and holds its key back until it is delivered', async () => {
    const { chaos, clock, guarded, inner, valueOf } = makeGuarded();
    for (const key of ['a', 'b']) await inner.set(key, makeEntry('old'));
    chaos.loseAnswers(DOWN, 'delete');
    chaos.freeze('delete');
    const deleted = Promise.resolve(guarded.delete('a'));
    await clock.advanceAsync(100);
    expect(await deleted).to.equal(false);
    expect(await valueOf('a')).to.equal(undefined);
    expect((await guarded.getMany(['b', 'a'])).map((entry) => entry?.value)).to.deep.equal(['old', undefined]);
    expect(chaos.calls.at(-1)).to.deep.equal({ operation: 'getMany', on: ['b'] });
    chaos.release();
    await clock.advanceAsync(100);
    await guarded.set('a', makeEntry('new'));
    expect(await valueOf('a')).to.equal('new');
    expect(clock.pendingTimers).to.equal(0);
  });

  it('waits twice as long after each delivery that fails, while the breaker stays closed', async () => {
    const { chaos, clock, guarded, recorder } = makeGuarded({ breaker: { failureThreshold: 100, failureRate: 1 } });
    const failedAt: number[] = [];
    chaos.fail(DOWN, 'delete');
    await guarded.delete('a');
    const begunAt = clock.now();
    recorder.clear();
    for (let elapsed = 0; elapsed < 1_500; elapsed += 100) {
      await clock.advanceAsync(100);
      failedAt.push(...recorder.of('storeError').map(() => clock.now() - begunAt));
      recorder.clear();
    }
    expect(failedAt).to.deep.equal([100, 300, 700, 1_500]);
  });

  it('takes a late confirmation of a deletion that it gave up waiting for', async () => {
    const { chaos, clock, guarded, inner, operations, valueOf } = makeGuarded();
    await inner.set('a', makeEntry('old'));
    chaos.freeze('delete');
    const deleted = Promise.resolve(guarded.delete('a'));
    await clock.advanceAsync(100);
    await deleted;
    chaos.release();
    await nextTurn();
    await inner.set('a', makeEntry('new'));
    expect(await valueOf('a')).to.equal('new');
    await clock.advanceAsync(10_000);
    expect(operations()).to.deep.equal(['delete a', 'get a']);
  });

  it('takes a late confirmation of a clear, too', async () => {
    const { chaos, clock, guarded, inner, operations, valueOf } = makeGuarded();
    chaos.freeze('clear');
    const cleared = Promise.resolve(guarded.clear());
    await clock.advanceAsync(100);
    await cleared;
    chaos.release();
    await nextTurn();
    await inner.set('a', makeEntry('new'));
    expect(await valueOf('a')).to.equal('new');
    await clock.advanceAsync(10_000);
    expect(operations()).to.deep.equal(['clear', 'get a']);
  });

  it('queues a clear, and reads nothing before it is made', async () => {
    const { chaos, clock, guarded, inner, takeDown, valueOf } = makeGuarded();
    await inner.set('a', makeEntry('old'));
    chaos.fail(DOWN, 'clear');
    await guarded.clear();
    expect(await valueOf('a')).to.equal(undefined);
    expect(chaos.count('get')).to.equal(0);
    await takeDown();
    await guarded.clear();
    await guarded.delete('b');
    chaos.release();
    await clock.advanceAsync(OPEN_MS);
    expect(inner.keys('', 10)).to.deep.equal([]);
    expect(guarded.breakerState).to.equal('closed');
  });

  it('clears the whole store on recovery when more deletions wait than it may hold', async () => {
    const { chaos, clock, guarded, inner, takeDown, operations } = makeGuarded({ maxQueuedDeletes: 3 });
    for (const key of ['a', 'b', 'c', 'd', 'e']) await inner.set(key, makeEntry('old'));
    await takeDown();
    for (const key of ['a', 'b', 'c', 'd']) await guarded.delete(key);
    chaos.release();
    await clock.advanceAsync(OPEN_MS);
    expect(inner.keys('', 10)).to.deep.equal([]);
    expect(operations()).to.deep.equal(['clear']);
  });

  it('delivers a long queue in portions', async () => {
    const { chaos, clock, guarded, inner, takeDown } = makeGuarded();
    const keys = Array.from({ length: 350 }, (_, index) => `key ${index}`);
    for (const key of keys) await inner.set(key, makeEntry('old'));
    await takeDown();
    for (const key of keys) await guarded.delete(key);
    chaos.release();
    chaos.delay(60, 'delete');
    await clock.advanceAsync(OPEN_MS);
    expect(chaos.count('delete')).to.equal(100);
    await clock.advanceAsync(240);
    expect(inner.keys('', 1_000)).to.deep.equal([]);
    expect(guarded.breakerState).to.equal('closed');
  });

  it('waits for pending writes on close, closes the store once, and does nothing afterwards', async () => {
    const { chaos, clock, guarded, inner } = makeGuarded();
    chaos.delay(50, 'set');
    void guarded.set('a', makeEntry(1));
    let isClosed = false;
    const closed = guarded.close().then(() => (isClosed = true));
    await clock.advanceAsync(49);
    expect(isClosed).to.equal(false);
    expect(inner.keys('', 10)).to.deep.equal([]);
    await clock.advanceAsync(1);
    await closed;
    await guarded.close();
    expect(chaos.count('close')).to.equal(1);
    const calls = chaos.calls.length;
    expect(await guarded.get('a')).to.equal(undefined);
    await guarded.set('b', makeEntry(2));
    expect(await guarded.delete('a')).to.equal(false);
    expect(chaos.calls.length).to.equal(calls);
    expect(clock.pendingTimers).to.equal(0);
  });

  it('tries to deliver what waits before it closes, though the breaker is open', async () => {
    const { chaos, guarded, inner, takeDown, clock } = makeGuarded({}, (itsClock) => {
      const store = new MemoryStore({ clock: itsClock });
      return Object.assign(store, { close: () => Promise.resolve() });
    });
    await inner.set('a', makeEntry('old'));
    await takeDown();
    await guarded.delete('a');
    chaos.release();
    await guarded.close();
    expect(inner.keys('', 10)).to.deep.equal([]);
    expect(clock.pendingTimers).to.equal(0);
  });

  it('does not wait for ever for a store that does not close', async () => {
    const { chaos, clock, guarded, errors } = makeGuarded();
    chaos.freeze();
    const closed = guarded.close();
    await clock.advanceAsync(5_000);
    await closed;
    expect(errors()).to.deep.equal([['close', 'StoreTimeoutError']]);
  });

  it('tells that the store failed to close, and closes all the same', async () => {
    const { chaos, guarded, recorder } = makeGuarded();
    chaos.fail(DOWN, 'close');
    await guarded.close();
    expect(recorder.of('storeError')).to.deep.equal([{ store: 'memory', operation: 'close', error: DOWN }]);
  });

  it('still ends the reads that a frozen store left hanging when it is closed', async () => {
    const { chaos, clock, guarded } = makeGuarded();
    chaos.freeze('get');
    const answer = Promise.resolve(guarded.get('a'));
    await guarded.close();
    await clock.advanceAsync(100);
    expect(await answer).to.equal(undefined);
    expect(clock.pendingTimers).to.equal(0);
  });

  it('waits for many slow calls with one timer', async () => {
    const { chaos, clock, guarded } = makeGuarded();
    chaos.freeze('get');
    const answers = Array.from({ length: 100 }, async (_, index) => guarded.get(String(index)));
    expect(clock.pendingTimers).to.equal(1);
    await clock.advanceAsync(100);
    expect(await Promise.all(answers)).to.deep.equal(Array.from({ length: 100 }, () => undefined));
  });

  it('refuses options that cannot be, naming field and value', () => {
    const refusals: [GuardedStoreOptions, string][] = [
      [{ timeoutMs: 0 }, 'guard.timeoutMs must be a number above 0, got 0'],
      [{ maxQueuedDeletes: -1 }, 'guard.maxQueuedDeletes must be a number from 0'],
      [{ breaker: { openFor: 0 } }, 'breaker.openFor must be a duration above 0'],
      [{ time: 5 } as never, 'guard.time is not an option'],
    ];
    for (const [options, message] of refusals) {
      expect(() => new GuardedStore(new MemoryStore(), options), message).to.throw(InvalidOptionError, message);
    }
  });
});
