import { EventBus, type LogState, type LogRecord } from '@cachewarp/core';
import { FakeClock } from '@cachewarp/core/testing';
import { expect } from 'chai';
import { KeySpace } from '#src/connection/key-space.js';
import { readOptions } from '#src/connection/redis-options.js';
import { ServerTime } from '#src/connection/server-time.js';
import type { Wire } from '#src/connection/wire.js';
import { RedisLog } from '#src/log/redis-log.js';

/*
 * An invalidation that could not be delivered counts in its own process at once. When the tail of the log, whose connection was well, then
 * found a gap and everything was read anew, what Redis knew took the place of what was known, and the invalidation that still waited was
 * forgotten: what it had dropped could have been served again until it was delivered.
 */
describe('an invalidation that waits for Redis', () => {
  it('counts still when the state of the log is read anew', async () => {
    const clock = new FakeClock();
    const user = { name: 'app', clock, random: () => 0, events: new EventBus() };
    const bytes = (...texts: string[]): Buffer[] => texts.map((text) => Buffer.from(text));
    const wire = {
      isReady: false,
      isCluster: false,
      send: (name: string) =>
        Promise.resolve(name === 'HSCAN' ? [Buffer.from('0'), []] : bytes('epoch', '7', '0', 'generation')),
    } as unknown as Wire;
    const keys = new KeySpace('test', 'app');
    const log = new RedisLog({ wire, keys, settings: readOptions({}), user, time: new ServerTime() });
    const told: (LogRecord | LogState)[] = [];
    log.subscribe({ onRecord: (record) => told.push(record), onRestart: (state) => told.push(state) });
    const appended = log.append({ markers: [{ kind: 'tag', name: 'waits' }], soft: false, at: 1 });
    await clock.advanceAsync(5_000);
    await appended;
    told.length = 0;

    await log.reload('gap');

    expect(told).to.have.length(2);
    expect(told[0]).to.include({ epoch: 'epoch', position: 7 });
    expect(told[1]).to.deep.include({ markers: [{ kind: 'tag', name: 'waits' }], soft: false });
    expect((told[1] as LogRecord).seq)
      .to.be.greaterThan(7)
      .and.lessThan(8);
    expect(log.position).to.equal((told[1] as LogRecord).seq);
    await log.close();
  });
});
