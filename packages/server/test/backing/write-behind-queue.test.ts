import { expect } from 'chai';
import fc from 'fast-check';
import { FakeClock } from '@cachewarp/core/testing';
import type { BackedValue, Backing } from '#src/backing/backing.js';
import { readWriteBehindOptions, WriteBehindQueue, type WriteBehindOptions } from '#src/backing/write-behind-queue.js';

const valueOf = (text: string): BackedValue => ({ contentType: 'text/plain', body: Buffer.from(text) });

/** A backing that writes when it is told to, or fails. */
class SlowBacking implements Backing {
  readonly data = new Map<string, string>();
  readonly calls: string[] = [];
  isBroken = false;
  #gate: Promise<void> = Promise.resolve();
  #open: () => void = () => undefined;

  hold(): void {
    this.#gate = new Promise((resolve) => (this.#open = resolve));
  }

  release(): void {
    this.#open();
  }

  load(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async write(key: string, { body }: BackedValue): Promise<void> {
    await this.#do(`write ${key} ${Buffer.from(body).toString()}`);
    this.data.set(key, Buffer.from(body).toString());
  }

  async remove(key: string): Promise<void> {
    await this.#do(`remove ${key}`);
    this.data.delete(key);
  }

  async #do(call: string): Promise<void> {
    this.calls.push(call);
    await this.#gate;
    if (this.isBroken) throw new Error('the disk is full');
  }
}

function makeQueue(options: WriteBehindOptions = {}): {
  queue: WriteBehindQueue;
  backing: SlowBacking;
  clock: FakeClock;
  faults: unknown[];
} {
  const [backing, clock, faults] = [new SlowBacking(), new FakeClock(), [] as unknown[]];
  const queue = new WriteBehindQueue(
    backing,
    readWriteBehindOptions(options),
    clock,
    (error) => void faults.push(error),
  );
  return { queue, backing, clock, faults };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the queue of write-behind', () => {
  it('writes after its delay, and the newest value of a key alone', async () => {
    const { queue, backing, clock } = makeQueue({ delay: '100ms' });
    for (const text of ['1', '2', '3']) queue.add('a', valueOf(text));
    queue.add('b', valueOf('4'));
    queue.add('b', undefined);
    expect(queue.pending('a')).to.deep.equal({ value: valueOf('3') });
    expect(queue.pending('b')).to.deep.equal({ value: undefined });
    clock.advance(99);
    await settled();
    expect(backing.calls).to.deep.equal([]);
    clock.advance(1);
    await settled();
    expect(backing.calls).to.deep.equal(['write a 3', 'remove b']);
    expect(queue.pending('a')).to.equal(undefined);
    expect(queue.report()).to.deep.equal({ waiting: 0, waitingBytes: 0, written: 2, failures: 0 });
  });

  it('turns away what is beyond its bounds, of keys and of bytes, and counts what is under way', async () => {
    const { queue, backing } = makeQueue({ maxEntries: 2, maxBytes: 10 });
    backing.hold();
    expect(queue.add('a', valueOf('12345'))).to.equal(true);
    const flushed = queue.flush();
    await settled();
    expect(queue.add('b', valueOf('123456')), 'bytes').to.equal(false);
    expect(queue.add('b', valueOf('12345'))).to.equal(true);
    expect(queue.add('c', undefined), 'keys').to.equal(false);
    expect(queue.add('b', valueOf('54321')), 'in the place of another').to.equal(true);
    backing.release();
    await flushed;
    expect(queue.add('c', undefined)).to.equal(true);
    expect(await queue.close()).to.equal(0);
    expect(queue.report()).to.include({ waiting: 0, waitingBytes: 0 });
  });

  it('tries again what failed, unless something newer came', async () => {
    const { queue, backing, clock, faults } = makeQueue({ delay: '100ms', retryDelay: '1s' });
    backing.isBroken = true;
    queue.add('a', valueOf('1'));
    queue.add('b', valueOf('2'));
    clock.advance(100);
    await settled();
    expect(faults).to.have.length(2);
    expect(queue.pending('a')).to.deep.equal({ value: valueOf('1') });
    queue.add('b', valueOf('3'));
    backing.isBroken = false;
    clock.advance(1000);
    await settled();
    expect([...backing.data]).to.deep.equal([
      ['a', '1'],
      ['b', '3'],
    ]);
    expect(queue.report()).to.deep.equal({ waiting: 0, waitingBytes: 0, written: 2, failures: 2 });
  });

  it('says at its end how many keys were lost, when the backing failed to the last', async () => {
    const { queue, backing, clock } = makeQueue({ closeTimeout: '1s', retryDelay: '50ms' });
    backing.isBroken = true;
    queue.add('a', valueOf('1'));
    const closed = queue.close();
    for (let step = 0; step < 30; step++) {
      await settled();
      clock.advance(50);
    }
    expect(await closed).to.equal(1);
    expect(backing.calls.length).to.be.above(5);
  });

  it('leaves the newest of every key in the backing, whatever the order of writes, failures and flushes', async () => {
    const step = fc.oneof(
      fc.record({
        what: fc.constant('add' as const),
        key: fc.constantFrom('a', 'b', 'c'),
        text: fc.option(fc.string({ maxLength: 3 }), { nil: undefined }),
      }),
      fc.record({
        what: fc.constantFrom('flush' as const, 'break' as const, 'mend' as const, 'advance' as const, 'wait' as const),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { queue, backing, clock } = makeQueue({ maxEntries: 10 });
        const newest = new Map<string, string>();
        for (const one of steps) {
          if (one.what === 'add') {
            expect(queue.add(one.key, one.text === undefined ? undefined : valueOf(one.text))).to.equal(true);
            if (one.text === undefined) newest.delete(one.key);
            else newest.set(one.key, one.text);
          } else if (one.what === 'flush') void queue.flush();
          else if (one.what === 'advance') clock.advance(500);
          else if (one.what === 'wait') await settled();
          else backing.isBroken = one.what === 'break';
        }
        backing.isBroken = false;
        const closed = queue.close();
        for (let turn = 0; turn < 10; turn++) {
          await settled();
          clock.advance(100);
        }
        expect(await closed).to.equal(0);
        expect(Object.fromEntries(backing.data)).to.deep.equal(Object.fromEntries(newest));
        expect(queue.report().waitingBytes).to.equal(0);
      }),
      { numRuns: 200 },
    );
  });
});
