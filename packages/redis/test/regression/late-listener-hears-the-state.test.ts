import type { LogState } from '@cachewarp/core';
import { expect } from 'chai';
import { makeLog } from '../log/make-log.js';

/*
 * A listener is told what the log knows when it subscribes, or when the log is joined for the first time. One that came in between, while
 * the connection was away for a moment, was told by neither: the log that was joined again was still the same. It would have taken for
 * valid what had been invalidated before it came.
 */
describe('a listener that comes while the connection is away', () => {
  it('is told where the log stands', async () => {
    const { log } = makeLog();
    log.connected();
    await log.admit();
    log.disconnected();
    const states: LogState[] = [];
    log.subscribe({ onRecord: () => undefined, onRestart: (state) => states.push(state) });

    expect(states).to.deep.equal([{ epoch: 'epoch', position: 7, floor: 7, markers: [] }]);
    log.connected();
    await log.admit();
    expect(states.at(-1)).to.deep.include({ epoch: 'epoch', position: 7, floor: 0 });
    await log.close();
  });
});
