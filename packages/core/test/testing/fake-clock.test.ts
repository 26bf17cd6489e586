import { expect } from 'chai';
import type { Timer } from '#src/base/clock.js';
import { FakeClock } from '#src/testing/fake-clock.js';

describe('FakeClock', () => {
  it('stands still until it is moved', () => {
    const clock = new FakeClock(1_000);
    expect(clock.now()).to.equal(1_000);
    clock.advance(250);
    expect(clock.now()).to.equal(1_250);
    expect(clock.coarseNow()).to.equal(1_250);
  });

  it('fires timers in the order in which they fall due, each at its instant', () => {
    const clock = new FakeClock(0);
    const fired: [string, number][] = [];
    const at = (name: string, delayMs: number) => clock.setTimer(() => fired.push([name, clock.now()]), delayMs);
    at('late', 30);
    at('first of two', 20);
    at('second of two', 20);
    at('soon', 0);
    at('never', 31).cancel();
    clock.advance(30);
    expect(fired).to.deep.equal([
      ['soon', 0],
      ['first of two', 20],
      ['second of two', 20],
      ['late', 30],
    ]);
    expect(clock.now()).to.equal(30);
    expect(clock.pendingTimers).to.equal(0);
  });

  it('fires timers that timers set, when they fall due within the same move', () => {
    const clock = new FakeClock(0);
    const fired: number[] = [];
    const tick = (): void => {
      fired.push(clock.now());
      clock.setTimer(tick, 10);
    };
    clock.setTimer(tick, 10);
    clock.advance(35);
    expect(fired).to.deep.equal([10, 20, 30]);
    expect(clock.pendingTimers).to.equal(1);
  });

  it('lets awaited work go on between timers when it is moved asynchronously', async () => {
    const clock = new FakeClock(0);
    const seen: number[] = [];
    const wait = (ms: number) => new Promise<void>((resolve) => clock.setTimer(resolve, ms));
    const work = async (): Promise<void> => {
      for (let i = 0; i < 3; i++) {
        await wait(10);
        seen.push(clock.now());
      }
    };
    const done = work();
    await clock.advanceAsync(30);
    expect(seen).to.deep.equal([10, 20, 30]);
    await done;
  });

  it('takes a cancelled timer off even while others fire', () => {
    const clock = new FakeClock(0);
    const fired: string[] = [];
    const timers: Timer[] = [];
    clock.setTimer(() => timers[0]?.cancel(), 5);
    timers.push(clock.setTimer(() => fired.push('cancelled'), 10));
    clock.advance(20);
    expect(fired).to.deep.equal([]);
  });

  it('can jump without firing, as time does for a suspended process', () => {
    const clock = new FakeClock(0);
    const fired: number[] = [];
    clock.setTimer(() => fired.push(clock.now()), 10);
    clock.jumpTo(3_600_000);
    expect(fired).to.deep.equal([]);
    clock.advance(0);
    expect(fired).to.deep.equal([3_600_000]);
  });
});
