import { expect } from 'chai';
import { makeLog } from '../log/make-log.js';

/*
 * A try to join that had failed was repeated after a moment even where the log had been joined meanwhile for another reason: the process
 * that was joined joined again.
 */
describe('a log that is joined after a try that failed', () => {
  it('is not joined again', async () => {
    const medium = makeLog();
    const { log, clock, ran } = medium;
    medium.onJoin = () => Promise.reject(new Error('Redis is loading'));
    log.connected();
    await log.admit().catch(() => undefined);
    medium.onJoin = undefined;
    log.doubt();
    await clock.advanceAsync(1);
    expect([log.isJoined, ran.length]).to.deep.equal([true, 2]);

    await clock.advanceAsync(5_000);

    expect(ran).to.have.length(2);
    await log.close();
  });
});
