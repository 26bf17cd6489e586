import { expect } from 'chai';
import { makeLog } from '../log/make-log.js';

const record = { markers: [{ kind: 'tag' as const, name: 'a' }], soft: false, at: 1 };

/*
 * The end of a log promised a last try to deliver the invalidations that wait, but made it only while the log was joined; and it is never
 * joined while something waits. A process that ended right after Redis had failed to confirm an invalidation took it along.
 */
describe('closing a log that has something to deliver', () => {
  it('delivers it where there is a connection', async () => {
    const medium = makeLog();
    const { log, ran } = medium;
    log.connected();
    await log.admit();
    medium.onAppend = () => Promise.reject(new Error('Redis is loading'));
    // Joining anew, which delivers too, takes longer than the process lives.
    medium.onJoin = () => new Promise(() => undefined);
    await log.append(record);
    medium.onAppend = undefined;
    ran.length = 0;

    await log.close();

    expect(ran).to.deep.equal(['append']);
  });

  it('does not wait longer for that than for any invalidation', async () => {
    const medium = makeLog();
    const { log, clock, ran } = medium;
    log.connected();
    await log.admit();
    medium.onAppend = () => new Promise(() => undefined);
    medium.onJoin = () => new Promise(() => undefined);
    const appended = log.append(record);
    await clock.advanceAsync(5_000);
    await appended;
    ran.length = 0;

    const closed = log.close();
    await clock.advanceAsync(5_000);
    await closed;

    expect(ran).to.deep.equal(['append']);
  });
});
