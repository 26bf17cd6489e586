import { expect } from 'chai';
import { OriginPressure } from '#src/policy/adaptive/origin-pressure.js';

function record(pressure: OriginPressure, loadMs: number, times: number): void {
  for (let time = 0; time < times; time++) pressure.record(loadMs);
}

describe('OriginPressure', () => {
  it('raises no alarm before a hundred loads have shown what is usual', () => {
    const pressure = new OriginPressure();
    record(pressure, 10, 20);
    record(pressure, 1000, 79);
    expect([pressure.isAlarmOn, pressure.factor]).to.deep.equal([false, 1]);
  });

  it('is as high as the latency is over the usual one, up to four, while the alarm is on', () => {
    const pressure = new OriginPressure();
    record(pressure, 10, 200);
    expect(pressure.factor).to.equal(1);
    record(pressure, 30, 100);
    expect(pressure.isAlarmOn).to.equal(true);
    expect(pressure.factor).to.be.within(2, 3);
    record(pressure, 500, 100);
    expect(pressure.factor).to.equal(4);
  });

  it('is no alarm where the latency is less than twice the usual one', () => {
    const pressure = new OriginPressure();
    record(pressure, 10, 200);
    record(pressure, 18, 50);
    expect([pressure.isAlarmOn, pressure.factor]).to.deep.equal([false, 1]);
  });

  it('ends when the latency is usual again, and not by getting used to the trouble', () => {
    const pressure = new OriginPressure();
    record(pressure, 10, 200);
    record(pressure, 100, 5000);
    expect(pressure.factor).to.equal(4);
    record(pressure, 10, 50);
    expect([pressure.isAlarmOn, pressure.factor]).to.deep.equal([false, 1]);
  });

  it('takes no notice of what is no time', () => {
    const pressure = new OriginPressure();
    for (const nonsense of [NaN, -1, Infinity]) record(pressure, nonsense, 200);
    record(pressure, 10, 200);
    expect(pressure.factor).to.equal(1);
  });
});
