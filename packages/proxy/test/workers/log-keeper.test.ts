import type { LogRecord } from '@cachewarp/core';
import { expect } from 'chai';
import { LogKeeper, type LogMember } from '#src/workers/log-keeper.js';
import type { Channel, FromWorker, ToWorker } from '#src/workers/messages.js';
import { WorkerLog } from '#src/workers/worker-log.js';

/** A worker whose messages arrive when the test lets them. */
class Wire implements LogMember, Channel<FromWorker, ToWorker> {
  readonly #keeper: LogKeeper;
  readonly #listeners: ((message: ToWorker) => void)[] = [];
  readonly held: ToWorker[] = [];
  isHeld = false;
  log!: WorkerLog;

  constructor(keeper: LogKeeper) {
    this.#keeper = keeper;
  }

  send(message: FromWorker | ToWorker): void {
    if (message.cachewarp === 'append') this.#keeper.append(this, message.id, message.record);
    else if (message.cachewarp === 'applied') this.#keeper.applied(this, message.seq);
    else if (message.cachewarp === 'welcome') this.log = new WorkerLog(this, message);
    else if (this.isHeld) this.held.push(message as ToWorker);
    else this.#deliver(message as ToWorker);
  }

  onMessage(listener: (message: ToWorker) => void): void {
    this.#listeners.push(listener);
  }

  release(): void {
    this.isHeld = false;
    for (const message of this.held.splice(0)) this.#deliver(message);
  }

  #deliver(message: ToWorker): void {
    for (const listener of this.#listeners) listener(message);
  }
}

describe('the invalidation log of workers', () => {
  function join(keeper: LogKeeper): Wire {
    const wire = new Wire(keeper);
    keeper.join(wire, { pseudonym: 'name', reloaded: null });
    return wire;
  }

  const draft = { markers: [{ kind: 'key', name: 'a' } as const], soft: false, at: 1 };

  it('gives every record one place, the same for all', async () => {
    const keeper = new LogKeeper();
    const [one, other] = [join(keeper), join(keeper)];
    const heard: [string, number][] = [];
    one.log.subscribe({ onRecord: ({ seq }) => heard.push(['one', seq]) });
    other.log.subscribe({ onRecord: ({ seq }) => heard.push(['other', seq]) });
    expect((await one.log.append(draft)).seq).to.equal(1);
    expect((await other.log.append(draft)).seq).to.equal(2);
    expect(heard).to.deep.equal([
      ['one', 1],
      ['other', 1],
      ['one', 2],
      ['other', 2],
    ]);
    expect([one.log.position, other.log.position]).to.deep.equal([2, 2]);
    expect(one.log.epoch).to.equal(other.log.epoch);
  });

  it('resolves only when every worker has applied the record', async () => {
    const keeper = new LogKeeper();
    const [one, slow] = [join(keeper), join(keeper)];
    slow.isHeld = true;
    let placed: LogRecord | undefined;
    const appended = one.log.append(draft).then((record) => (placed = record));
    await new Promise((resolve) => setImmediate(resolve));
    expect(placed).to.equal(undefined);
    slow.release();
    expect((await appended).seq).to.equal(1);
    expect(slow.log.position).to.equal(1);
  });

  it('does not wait for a worker that is gone', async () => {
    const keeper = new LogKeeper();
    const [one, gone] = [join(keeper), join(keeper)];
    gone.isHeld = true;
    const appended = one.log.append(draft);
    keeper.leave(gone);
    expect((await appended).seq).to.equal(1);
  });

  it('does not wait for ever for one that hangs: it has to go', async () => {
    const late: LogMember[] = [];
    const keeper = new LogKeeper((member) => {
      late.push(member);
      keeper.leave(member);
    }, 1);
    const [one, hung] = [join(keeper), join(keeper)];
    hung.isHeld = true;
    // The timer keeps no process alive, and so does not keep the test's.
    const alive = setInterval(() => undefined, 1000);
    expect((await one.log.append(draft)).seq).to.equal(1);
    clearInterval(alive);
    expect(late).to.deep.equal([hung]);
  });

  it('tells a worker that comes later where the log stands', async () => {
    const keeper = new LogKeeper();
    const one = join(keeper);
    await one.log.append(draft);
    const late = join(keeper);
    expect(late.log.position).to.equal(1);
    expect((await late.log.append(draft)).seq).to.equal(2);
  });

  it('remembers the newest records, newest first', async () => {
    const { log } = join(new LogKeeper());
    for (let at = 0; at < 3; at++) await log.append({ ...draft, at });
    expect(log.recent(2).map(({ seq }) => seq)).to.deep.equal([3, 2]);
  });
});
