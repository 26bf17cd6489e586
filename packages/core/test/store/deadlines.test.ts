import { expect } from 'chai';
import { Deadlines } from '#src/store/deadlines.js';
import { FakeClock } from '#src/testing/fake-clock.js';

function makeDeadlines() {
  const clock = new FakeClock();
  const deadlines = new Deadlines(clock, 100);
  const late: string[] = [];
  return { clock, deadlines, late, start: (name: string) => deadlines.start(() => late.push(name)) };
}

describe('Deadlines', () => {
  it('tells each call that is not finished in time, once, at its own deadline', () => {
    const { clock, late, start } = makeDeadlines();
    start('a');
    clock.advance(40);
    start('b');
    clock.advance(59);
    expect(late).to.deep.equal([]);
    clock.advance(1);
    expect(late).to.deep.equal(['a']);
    clock.advance(39);
    expect(late).to.deep.equal(['a']);
    clock.advance(1);
    expect(late).to.deep.equal(['a', 'b']);
    clock.advance(1_000);
    expect(late).to.deep.equal(['a', 'b']);
  });

  it('leaves finished calls alone, in whatever order they finish', () => {
    const { clock, deadlines, late, start } = makeDeadlines();
    const calls = ['a', 'b', 'c', 'd', 'e'].map(start);
    for (const index of [2, 0, 4]) expect(deadlines.finish(calls[index]!)).to.equal(true);
    expect(deadlines.finish(calls[2]!)).to.equal(false);
    clock.advance(100);
    expect(late).to.deep.equal(['b', 'd']);
    expect(deadlines.finish(calls[1]!)).to.equal(false);
  });

  it('serves any number of calls with one timer, and none when nothing is waited for', () => {
    const { clock, deadlines, start } = makeDeadlines();
    const calls = Array.from({ length: 1_000 }, (_, index) => start(String(index)));
    expect(clock.pendingTimers).to.equal(1);
    for (const call of calls) deadlines.finish(call);
    clock.advance(100);
    expect(clock.pendingTimers).to.equal(0);
    start('again');
    expect(clock.pendingTimers).to.equal(1);
  });

  it('keeps the deadline of a call that begins while others fall due', () => {
    const { clock, deadlines, late, start } = makeDeadlines();
    deadlines.start(() => start('second'));
    clock.advance(100);
    expect(late).to.deep.equal([]);
    clock.advance(99);
    expect(late).to.deep.equal([]);
    clock.advance(1);
    expect(late).to.deep.equal(['second']);
  });

  it('gives calls one more turn when the event loop was held up, and no second one', () => {
    const { clock, deadlines, late, start } = makeDeadlines();
    const answered = start('answered');
    start('never answered');
    clock.jumpTo(clock.now() + 500);
    clock.setTimer(() => deadlines.finish(answered), 0);
    clock.advance(0);
    expect(late).to.deep.equal(['never answered']);
  });

  it('takes its timer off at rest, but not while a call is waited for', () => {
    const { clock, deadlines, late, start } = makeDeadlines();
    const finished = start('finished');
    start('pending');
    deadlines.finish(finished);
    deadlines.rest();
    clock.advance(100);
    expect(late).to.deep.equal(['pending']);
    deadlines.finish(start('finished, too'));
    deadlines.rest();
    expect(clock.pendingTimers).to.equal(0);
  });
});
