import { expect } from 'chai';
import { VirtualClock } from '#src/simulate/run/virtual-clock.js';

describe('VirtualClock', () => {
  it('goes on, and never back', () => {
    const clock = new VirtualClock();
    clock.advanceTo(1000);
    clock.advanceTo(400);
    expect([clock.now(), clock.coarseNow()]).to.deep.equal([1000, 1000]);
  });

  it('runs timers when they are due, in their order and at their time, unless they were cancelled', () => {
    const clock = new VirtualClock();
    const seen: string[] = [];
    clock.setTimer(() => seen.push(`b ${clock.now()}`), 200);
    clock.setTimer(() => seen.push(`a ${clock.now()}`), 100);
    clock.setTimer(() => seen.push('cancelled'), 150).cancel();
    clock.setTimer(() => seen.push('too late'), 900);
    clock.advanceTo(500);
    expect(seen).to.deep.equal(['a 100', 'b 200']);
    expect(clock.now()).to.equal(500);
  });
});
