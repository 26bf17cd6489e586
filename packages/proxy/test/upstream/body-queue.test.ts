import { rejects } from 'node:assert/strict';
import { expect } from 'chai';
import { BodyQueue } from '#src/upstream/body-queue.js';

describe('BodyQueue', () => {
  function makeQueue() {
    const calls: string[] = [];
    const queue = new BodyQueue({
      pause: () => calls.push('pause'),
      resume: () => calls.push('resume'),
      cancel: () => calls.push('cancel'),
    });
    return { queue, calls };
  }

  it('hands over what came, and what comes, in order, and then ends', async () => {
    const { queue } = makeQueue();
    queue.push(Buffer.from('a'));
    expect(String((await queue.next()).value)).to.equal('a');
    const waiting = queue.next();
    queue.push(Buffer.from('b'));
    expect(String((await waiting).value)).to.equal('b');
    const last = queue.next();
    queue.end();
    expect((await last).done).to.equal(true);
    expect((await queue.next()).done).to.equal(true);
  });

  it('throws behind what had come when it failed', async () => {
    const { queue } = makeQueue();
    queue.push(Buffer.from('a'));
    queue.fail(new Error('broken'));
    expect(String((await queue.next()).value)).to.equal('a');
    await rejects(queue.next(), /broken/);
    await rejects(queue.next(), /broken/);
  });

  it('fails a reader that waits', async () => {
    const { queue } = makeQueue();
    const waiting = queue.next();
    queue.fail(new Error('broken'));
    await rejects(waiting, /broken/);
  });

  it('holds its source back while the reader is behind, and lets it go on when half is read', async () => {
    const { queue, calls } = makeQueue();
    const block = Buffer.alloc(16 * 1024);
    for (let count = 0; count < 4; count++) queue.push(block);
    expect(calls).to.deep.equal(['pause']);
    await queue.next();
    await queue.next();
    expect(calls).to.deep.equal(['pause']);
    await queue.next();
    expect(calls).to.deep.equal(['pause', 'resume']);
  });

  it('calls its source off when the reader leaves early, and drops what comes', async () => {
    const { queue, calls } = makeQueue();
    queue.push(Buffer.from('a'));
    await queue.return();
    queue.push(Buffer.from('b'));
    expect((await queue.next()).done).to.equal(true);
    expect(calls).to.deep.equal(['cancel']);
  });

  it('does not call off what is complete', async () => {
    const { queue, calls } = makeQueue();
    queue.end();
    await queue.return();
    expect(calls).to.deep.equal([]);
  });

  it('gives a complete body as one piece', () => {
    const { queue } = makeQueue();
    queue.push(Buffer.from('a'));
    queue.push(Buffer.from('b'));
    queue.end();
    expect(queue.isComplete).to.equal(true);
    expect(String(queue.takeWhole())).to.equal('ab');
  });
});
