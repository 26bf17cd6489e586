import { FakeClock } from '@cachewarp/core/testing';
import { expect } from 'chai';
import { SilenceWatch } from '#src/log/silence-watch.js';

describe('SilenceWatch', () => {
  it('tells once when nothing was heard for too long, and once when it is heard again', () => {
    const clock = new FakeClock();
    const told: boolean[] = [];
    const watch = new SilenceWatch({ clock, maxSilenceMs: 2_000, onChange: (isSilent) => told.push(isSilent) });

    clock.advance(1_900);
    watch.heard();
    clock.advance(1_900);
    expect([told, watch.isSilent]).to.deep.equal([[], false]);
    clock.advance(5_000);
    expect([told, watch.isSilent]).to.deep.equal([[true], true]);
    watch.heard();
    watch.heard();
    expect([told, watch.isSilent]).to.deep.equal([[true, false], false]);
    watch.close();
    expect(clock.pendingTimers).to.equal(0);
  });
});
