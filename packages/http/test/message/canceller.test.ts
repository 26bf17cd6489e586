import { expect } from 'chai';
import { abortSignalOf, Canceller } from '#src/message/canceller.js';

describe('Canceller', () => {
  it('calls who listens, once, in order, and not those who left or come too late', () => {
    const canceller = new Canceller();
    const heard: string[] = [];
    const left = (): number => heard.push('left');
    canceller.addEventListener('abort', () => heard.push('one'));
    canceller.addEventListener('abort', left);
    canceller.addEventListener('abort', () => heard.push('two'));
    canceller.removeEventListener('abort', left);
    canceller.abort('why');
    canceller.abort('again');
    canceller.addEventListener('abort', () => heard.push('late'));
    expect(heard).to.deep.equal(['one', 'two']);
    expect([canceller.aborted, canceller.reason]).to.deep.equal([true, 'why']);
  });

  it('gives a reason where none was given', () => {
    const canceller = new Canceller();
    canceller.abort();
    expect((canceller.reason as Error).name).to.equal('AbortError');
  });

  it('has a real signal for who needs one, also when it comes late', () => {
    const canceller = new Canceller();
    const { signal } = canceller;
    expect([signal instanceof AbortSignal, signal.aborted]).to.deep.equal([true, false]);
    canceller.abort('why');
    expect([signal.aborted, signal.reason]).to.deep.equal([true, 'why']);
    const late = new Canceller();
    late.abort('late');
    expect([late.signal.aborted, late.signal.reason]).to.deep.equal([true, 'late']);
  });

  it('is what an AbortSignal is to those who take either', () => {
    const controller = new AbortController();
    expect(abortSignalOf(controller.signal)).to.equal(controller.signal);
    const canceller = new Canceller();
    expect(abortSignalOf(canceller)).to.equal(canceller.signal);
    const listeners: (() => void)[] = [];
    const foreign = {
      aborted: false,
      reason: 'why',
      addEventListener: (_: 'abort', listener: () => void) => void listeners.push(listener),
      removeEventListener: () => undefined,
    };
    const signal = abortSignalOf(foreign);
    listeners[0]!();
    expect([signal.aborted, signal.reason]).to.deep.equal([true, 'why']);
    expect(abortSignalOf({ ...foreign, aborted: true }).aborted).to.equal(true);
  });
});
