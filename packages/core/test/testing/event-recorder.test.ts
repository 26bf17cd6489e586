import { expect } from 'chai';
import { EventBus } from '#src/telemetry/event-bus.js';
import { EventRecorder } from '#src/testing/event-recorder.js';

describe('EventRecorder', () => {
  it('keeps what it hears in order', () => {
    const events = new EventBus();
    const recorder = new EventRecorder(events);
    events.emit('miss', { key: 'a', reason: 'cold' });
    events.emit('load', { id: 1, key: 'a', background: false });
    events.emit('miss', { key: 'b', reason: 'expired' });
    expect(recorder.names()).to.deep.equal(['miss', 'load', 'miss']);
    expect(recorder.of('miss')).to.deep.equal([
      { key: 'a', reason: 'cold' },
      { key: 'b', reason: 'expired' },
    ]);
    expect(recorder.records[1]).to.deep.equal({ name: 'load', event: { id: 1, key: 'a', background: false } });
    recorder.clear();
    expect(recorder.names()).to.deep.equal([]);
  });

  it('listens only to the events it was asked to hear', () => {
    const events = new EventBus();
    const recorder = new EventRecorder(events, ['hit']);
    expect(events.has('hit')).to.equal(true);
    expect(events.has('miss')).to.equal(false);
    events.emit('hit', { key: 'a', tier: 'memory' });
    expect(recorder.names()).to.deep.equal(['hit']);
  });

  it('waits for an event that is yet to come, or answers one that was heard', async () => {
    const events = new EventBus();
    const recorder = new EventRecorder(events);
    const coming = recorder.waitFor('hit', ({ key }) => key === 'b');
    events.emit('hit', { key: 'a', tier: 'memory' });
    events.emit('hit', { key: 'b', tier: 'store' });
    expect(await coming).to.deep.equal({ key: 'b', tier: 'store' });
    expect(await recorder.waitFor('hit')).to.deep.equal({ key: 'a', tier: 'memory' });
  });

  it('listens no longer once stopped', () => {
    const events = new EventBus();
    const recorder = new EventRecorder(events);
    recorder.stop();
    events.emit('hit', { key: 'a', tier: 'memory' });
    expect(events.has('hit')).to.equal(false);
    expect(recorder.records).to.deep.equal([]);
  });
});
