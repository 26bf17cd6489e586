import { setImmediate as turn } from 'node:timers/promises';
import type { PeerChannel, PeerHearer, PeerLine } from '@cachewarp/core';
import { FakeClock } from '@cachewarp/core/testing';
import { expect } from 'chai';
import type { AdminQuestion } from '#src/node/admin-question.js';
import { PeerNodes, type PeerAnswers } from '#src/node/peer-nodes.js';

/** A medium in memory. */
class Medium implements PeerChannel {
  readonly #members = new Map<string, PeerHearer>();
  readonly told: string[] = [];
  /** Members that hear nothing. */
  readonly hung = new Set<string>();
  state: 'works' | 'hangs' | 'fails' = 'works';
  isOpen = true;

  join(name: string, hearer: PeerHearer, farewell: string): PeerLine {
    this.#members.set(name, hearer);
    if (this.isOpen) queueMicrotask(() => hearer.onOpen());
    const isOpen = (): boolean => this.isOpen;
    return {
      get isOpen() {
        return isOpen();
      },
      tell: (to, text) => this.#tell(to, text),
      leave: () => {
        this.#members.delete(name);
        void this.#tell(undefined, farewell);
      },
    };
  }

  /** Everybody is connected anew. */
  reopen(): void {
    for (const hearer of this.#members.values()) hearer.onOpen();
  }

  async #tell(to: string | undefined, text: string): Promise<void> {
    if (this.state === 'fails') throw new Error('away');
    if (this.state === 'hangs') return new Promise(() => undefined);
    this.told.push(text);
    for (const [name, hearer] of this.#members) {
      if ((to === undefined || to === name) && !this.hung.has(name)) hearer.onMessage(text);
    }
  }
}

const QUESTION: AdminQuestion = { kind: 'stats' };

describe('PeerNodes', () => {
  let clock: FakeClock;
  let medium: Medium;
  beforeEach(() => {
    clock = new FakeClock();
    medium = new Medium();
  });

  const join = async (
    name: string,
    group: string | null = null,
    answer: () => Promise<unknown> = () => Promise.resolve(`of ${name}`),
  ): Promise<PeerNodes> => {
    const nodes = new PeerNodes({ channel: medium, name, group, clock, answer });
    await settle();
    // Those who are there have said so.
    clock.advance(200);
    await settle();
    return nodes;
  };

  /** What comes of a question without any time going by; undefined: it is waited for more. */
  const askAtOnce = async (nodes: PeerNodes): Promise<PeerAnswers | undefined> => {
    let got: PeerAnswers | undefined;
    void nodes.ask(QUESTION).then((answers) => (got = answers));
    await settle();
    return got;
  };

  const askUntilDeadline = async (nodes: PeerNodes): Promise<PeerAnswers> => {
    const asked = nodes.ask(QUESTION);
    await settle();
    clock.advance(500);
    return asked;
  };

  it('ask each other, and wait no longer than the last answer', async () => {
    const [one, , three] = [await join('one'), await join('two'), await join('three')];
    expect(await askAtOnce(one)).to.deep.equal({
      answers: [
        { node: 'two', answer: 'of two' },
        { node: 'three', answer: 'of three' },
      ],
      missing: [],
      isAway: false,
    });
    expect((await askAtOnce(three))!.answers.map(({ node }) => node)).to.deep.equal(['one', 'two']);
  });

  it('have nobody to wait for where nobody else is', async () => {
    const alone = await join('one');
    expect(await askAtOnce(alone)).to.deep.equal({ answers: [], missing: [], isAway: false });
  });

  it('wait for who does not answer until the deadline, once, and name it until it is heard again', async () => {
    const [one] = [await join('one'), await join('two'), await join('three')];
    medium.hung.add('two');
    expect(await askAtOnce(one)).to.equal(undefined);
    clock.advance(500);
    await settle();

    const without = await askAtOnce(one);
    expect(without!.answers.map(({ node }) => node)).to.deep.equal(['three']);
    expect(without!.missing).to.deep.equal(['two']);

    medium.hung.clear();
    // It is asked all the same, and its answer tells that it is back.
    await askAtOnce(one);
    expect((await askAtOnce(one))!.answers.map(({ node }) => node)).to.have.members(['two', 'three']);
    expect((await askAtOnce(one))!.missing).to.deep.equal([]);
  });

  it('forget who has been missing for a minute', async () => {
    const [one] = [await join('one'), await join('two')];
    medium.hung.add('two');
    expect((await askUntilDeadline(one)).missing).to.deep.equal(['two']);
    clock.advance(61_000);
    expect((await askAtOnce(one))!.missing).to.deep.equal([]);
  });

  it('forget who says goodbye at once, also while it is waited for', async () => {
    const [one, two] = [await join('one'), await join('two')];
    medium.hung.add('two');
    const asked = one.ask(QUESTION);
    await settle();
    two.close();
    expect(await asked).to.deep.equal({ answers: [], missing: [], isAway: false });
  });

  it('find each other again when the medium was away', async () => {
    const [one] = [await join('one'), await join('two')];
    medium.state = 'fails';
    expect(await askAtOnce(one)).to.deep.equal({ answers: [], missing: ['two'], isAway: true });
    medium.state = 'works';
    medium.reopen();
    await settle();
    clock.advance(200);
    expect((await askAtOnce(one))!.answers).to.have.length(1);
  });

  it('do not wait for a medium that hangs more often than every two seconds', async () => {
    const [one] = [await join('one'), await join('two')];
    medium.state = 'hangs';
    expect((await askUntilDeadline(one)).isAway).to.equal(true);
    expect((await askAtOnce(one))!.isAway).to.equal(true);
    medium.state = 'works';
    clock.advance(2_000);
    expect((await askAtOnce(one))!.answers).to.have.length(1);
  });

  it('are away before the medium is there', async () => {
    medium.isOpen = false;
    const one = await join('one');
    expect(await askAtOnce(one)).to.deep.equal({ answers: [], missing: [], isAway: true });
  });

  it('give those a moment who are there when one comes', async () => {
    await join('one');
    const two = new PeerNodes({ channel: medium, name: 'two', group: null, clock, answer: () => Promise.resolve(2) });
    await settle();
    expect(await askAtOnce(two)).to.equal(undefined);
    clock.advance(200);
    await settle();
    expect((await askAtOnce(two))!.answers).to.have.length(1);
  });

  it('leave those of their group to themselves', async () => {
    const [one, , alone] = [await join('one', 'workers'), await join('two', 'workers'), await join('three')];
    expect((await askAtOnce(one))!.answers.map(({ node }) => node)).to.deep.equal(['three']);
    expect((await askAtOnce(alone))!.answers.map(({ node }) => node)).to.deep.equal(['one', 'two']);
  });

  it('do not wait for an answer that failed or is too long, and name who has none', async () => {
    const one = await join('one');
    await join('two', null, () => Promise.reject(new Error('no')));
    await join('three', null, () => Promise.resolve('x'.repeat(2 ** 20)));
    expect(await askAtOnce(one)).to.deep.equal({ answers: [], missing: ['two', 'three'], isAway: false });
    expect(Math.max(...medium.told.map(({ length }) => length))).to.be.below(1_000);
  });

  it('answer no more than a hundred questions a second', async () => {
    let answered = 0;
    await join('one', null, () => Promise.resolve(++answered));
    const line = medium.join('stranger', { onMessage: () => undefined, onOpen: () => undefined }, '');
    const ask = { cachewarp: 1, type: 'ask', from: 'stranger', group: null, id: '1', question: QUESTION };
    for (let count = 0; count < 150; count++) await line.tell('one', JSON.stringify(ask));
    await settle();
    expect(answered).to.equal(100);
    clock.advance(1_000);
    await line.tell('one', JSON.stringify(ask));
    await settle();
    expect(answered).to.equal(101);
  });

  it('remember no more than a thousand names, those that were heard last', async () => {
    const one = await join('one');
    const line = medium.join('stranger', { onMessage: () => undefined, onOpen: () => undefined }, '');
    for (let count = 0; count < 1_100; count++) {
      await line.tell('one', JSON.stringify({ cachewarp: 1, type: 'here', from: `n${count}`, group: null }));
    }
    const { missing } = await askUntilDeadline(one);
    expect(missing).to.have.length(1_000).and.include('n1099').and.not.include('n99');
  });

  it('are not shaken by what is no message', async () => {
    const one = await join('one');
    const line = medium.join('stranger', { onMessage: () => undefined, onOpen: () => undefined }, '');
    for (const text of ['', '{', 'null', '{"cachewarp":1}']) await line.tell('one', text);
    expect(await askAtOnce(one)).to.deep.equal({ answers: [], missing: [], isAway: false });
  });
});

async function settle(): Promise<void> {
  for (let turns = 0; turns < 5; turns++) await turn();
}
