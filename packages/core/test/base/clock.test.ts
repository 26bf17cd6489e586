import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import sinon from 'sinon';
import { COARSE_RESOLUTION_MS, systemClock } from '#src/base/clock.js';

const BEYOND_32_BITS_MS = 2 ** 31 + 5;

/** A system clock of its own over sinon's timers. Each import of the module under another query is another clock. */
async function makeClock(timers: sinon.SinonFakeTimers) {
  const url = new URL(`${import.meta.resolve('#src/base/clock.js')}?at=${timers.now}-${Math.random()}`);
  const { systemClock: clock } = (await import(url.href)) as { systemClock: typeof systemClock };
  return clock;
}

describe('systemClock', () => {
  let timers: sinon.SinonFakeTimers;

  beforeEach(() => {
    timers = sinon.useFakeTimers({
      now: 1_000_000,
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'],
    });
  });

  afterEach(() => timers.restore());

  it('reads milliseconds since the epoch', () => {
    timers.restore();
    expect(systemClock.now()).to.be.closeTo(Date.now(), 60_000);
  });

  it('is not moved by a step of the wall clock', () => {
    const before = systemClock.now();
    timers.setSystemTime(1_000_000 + 3_600_000);
    expect(systemClock.now()).to.equal(before);
  });

  it('lags in its coarse reading by no more than its resolution while the loop runs', async () => {
    const clock = await makeClock(timers);
    for (let step = 0; step < 50; step++) {
      const lag = clock.now() - clock.coarseNow();
      expect(lag).to.be.within(0, COARSE_RESOLUTION_MS);
      timers.tick(3);
    }
  });

  it('answers coarse readings within a tick without reading the exact time', async () => {
    const clock = await makeClock(timers);
    const first = clock.coarseNow();
    timers.tick(COARSE_RESOLUTION_MS - 1);
    expect(clock.coarseNow()).to.equal(first);
  });

  it('stops ticking when nobody reads for a second, and is exact again at the next reading', async () => {
    const clock = await makeClock(timers);
    clock.coarseNow();
    expect(timers.countTimers()).to.equal(1);
    timers.tick(2_000);
    expect(timers.countTimers()).to.equal(0);
    timers.tick(60_000);
    expect(clock.coarseNow()).to.equal(clock.now());
  });

  it('goes on ticking while somebody reads', async () => {
    const clock = await makeClock(timers);
    for (let step = 0; step < 30; step++) {
      clock.coarseNow();
      timers.tick(500);
    }
    expect(timers.countTimers()).to.equal(1);
  });

  it('fires a timer once, at its delay', () => {
    const action = sinon.spy();
    systemClock.setTimer(action, 250);
    timers.tick(249);
    sinon.assert.notCalled(action);
    timers.tick(10_000);
    sinon.assert.calledOnce(action);
  });

  it('keeps delays beyond 2^31 ms, where setTimeout alone would fire at once', () => {
    const action = sinon.spy();
    systemClock.setTimer(action, BEYOND_32_BITS_MS);
    timers.tick(BEYOND_32_BITS_MS - 1);
    sinon.assert.notCalled(action);
    timers.tick(1);
    sinon.assert.calledOnce(action);
  });

  it('never fires what was cancelled, also in a later part of a long delay', () => {
    const action = sinon.spy();
    systemClock.setTimer(action, 250).cancel();
    const long = systemClock.setTimer(action, BEYOND_32_BITS_MS);
    timers.tick(2 ** 31);
    long.cancel();
    timers.tick(2 ** 32);
    sinon.assert.notCalled(action);
    expect(timers.countTimers()).to.equal(0);
  });

  it('takes a negative delay for none', () => {
    const action = sinon.spy();
    systemClock.setTimer(action, -5);
    timers.tick(1);
    sinon.assert.calledOnce(action);
  });

  it('lets the process end while timers and the ticking are pending', () => {
    const script = `
      const { systemClock } = await import(${JSON.stringify(import.meta.resolve('#src/base/clock.js'))});
      systemClock.coarseNow();
      systemClock.setTimer(() => process.exit(3), 3_600_000);
      if (process.getActiveResourcesInfo().includes('Timeout')) process.exit(4);
    `;
    timers.restore();
    const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { timeout: 9_000 });
    expect(status).to.equal(0);
  });
});
