import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import sinon from 'sinon';
import { EventBus } from '#src/telemetry/event-bus.js';

const hit = { key: 'user("42")', tier: 'memory' } as const;

describe('EventBus', () => {
  let warn: sinon.SinonStub;

  beforeEach(() => {
    warn = sinon.stub(process, 'emitWarning');
  });

  afterEach(() => warn.restore());

  it('hands each event to the listeners of its name, at once and in their order', () => {
    const bus = new EventBus();
    const calls: string[] = [];
    bus.on('hit', ({ key }) => calls.push(`first ${key}`));
    bus.on('hit', ({ tier }) => calls.push(`second ${tier}`));
    bus.on('miss', () => calls.push('miss'));
    bus.emit('hit', hit);
    expect(calls).to.deep.equal(['first user("42")', 'second memory']);
  });

  it('knows whether anybody listens', () => {
    const bus = new EventBus();
    expect(bus.has('hit')).to.equal(false);
    const listener = sinon.spy();
    const off = bus.on('hit', listener);
    expect(bus.has('hit')).to.equal(true);
    expect(bus.has('miss')).to.equal(false);
    off();
    expect(bus.has('hit')).to.equal(false);
    bus.emit('hit', hit);
    sinon.assert.notCalled(listener);
  });

  it('takes off one listener and leaves the others', () => {
    const bus = new EventBus();
    const [gone, stays] = [sinon.spy(), sinon.spy()];
    bus.on('hit', gone);
    bus.on('hit', stays);
    bus.off('hit', gone);
    bus.off('miss', gone);
    bus.emit('hit', hit);
    sinon.assert.notCalled(gone);
    sinon.assert.calledOnceWithExactly(stays, hit);
  });

  it('goes on to the next listener when one throws, and warns once only', () => {
    const bus = new EventBus();
    const next = sinon.spy();
    bus.on('hit', () => {
      throw new Error('listener at fault');
    });
    bus.on('hit', next);
    bus.emit('hit', hit);
    bus.emit('hit', hit);
    sinon.assert.calledTwice(next);
    sinon.assert.calledOnce(warn);
    expect(warn.firstCall.args[0]).to.match(/a listener of the cache event 'hit' threw: .*listener at fault/);
    expect(warn.firstCall.args[1]).to.deep.equal({ type: 'CacheWarpWarning' });
  });

  it('turns the rejection of an async listener into the same warning, not into an unhandled rejection', async () => {
    const bus = new EventBus();
    const unhandled = sinon.spy();
    process.on('unhandledRejection', unhandled);
    const answer: () => unknown = () => Promise.reject(new Error('late fault'));
    bus.on('hit', answer);
    bus.emit('hit', hit);
    await nextTurn();
    process.off('unhandledRejection', unhandled);
    sinon.assert.notCalled(unhandled);
    sinon.assert.calledOnce(warn);
    expect(warn.firstCall.args[0]).to.include('late fault');
  });

  it('says what was thrown when it is no error', () => {
    const bus = new EventBus();
    bus.on('hit', () => {
      // oxlint-disable-next-line typescript/only-throw-error -- what others throw is not ours to choose
      throw 'just text';
    });
    bus.emit('hit', hit);
    expect(warn.firstCall.args[0]).to.include('just text');
  });
});
