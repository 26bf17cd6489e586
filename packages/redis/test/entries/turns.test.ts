import { expect } from 'chai';
import { Turns } from '#src/entries/turns.js';

describe('Turns', () => {
  it('sends at once what has nothing to wait for', () => {
    const sent: string[] = [];
    void new Turns().take(
      'key',
      () => 'ready',
      async (what) => void sent.push(what),
    );

    expect(sent).to.deep.equal(['ready']);
  });

  it('keeps the order of a key, and lets other keys pass', async () => {
    const turns = new Turns();
    const sent: string[] = [];
    const send = async (what: string): Promise<void> => void sent.push(what);
    let finish: (what: string) => void = () => undefined;
    const slow = new Promise<string>((resolve) => (finish = resolve));

    const all = [
      turns.take('key', () => slow, send),
      turns.take('key', () => 'second', send),
      turns.take('other', () => 'other', send),
    ];
    finish('first');
    await Promise.all(all);
    await turns.take('key', () => 'third', send);

    expect(sent).to.deep.equal(['other', 'first', 'second', 'third']);
  });

  it('goes on after a failure, which whoever began it is told', async () => {
    const turns = new Turns();
    const failed = turns.take(
      'key',
      () => Promise.reject<string>(new Error('no')),
      () => Promise.resolve('sent'),
    );
    const next = turns.take(
      'key',
      () => 'next',
      (what) => Promise.resolve(what),
    );

    expect(await failed.catch((error: unknown) => (error as Error).message)).to.equal('no');
    expect(await next).to.equal('next');
  });
});
