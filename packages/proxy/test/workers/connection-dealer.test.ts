import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { ConnectionDealer, type Taker } from '#src/workers/connection-dealer.js';
import { until } from '../support/clients.js';
import { Opened } from '../support/origins.js';

/** A worker in this process. */
class TakerDouble implements Taker {
  readonly taken: { id: number; socket: Socket }[] = [];

  take(id: number, socket: Socket): void {
    this.taken.push({ id, socket });
  }
}

describe('ConnectionDealer', () => {
  const opened = new Opened();
  afterEach(() => opened.close());

  async function makeDealer() {
    const dealer = new ConnectionDealer();
    await dealer.listen(0, '127.0.0.1');
    opened.add(() => dealer.close());
    const dial = (): Socket => {
      const socket = connect(dealer.address.port, '127.0.0.1').on('error', () => undefined);
      opened.add(() => void socket.destroy());
      return socket;
    };
    return { dealer, dial };
  }

  it('deals connections out in turn', async () => {
    const { dealer, dial } = await makeDealer();
    const takers = [new TakerDouble(), new TakerDouble()];
    for (const taker of takers) dealer.add(taker);
    for (let count = 0; count < 4; count++) dial();
    await until(() => takers.every(({ taken }) => taken.length === 2));
  });

  it('gives what a worker had not confirmed to another when it is gone, and what it had confirmed to nobody', async () => {
    const { dealer, dial } = await makeDealer();
    const [first, second] = [new TakerDouble(), new TakerDouble()];
    dealer.add(first);
    dial();
    dial();
    await until(() => first.taken.length === 2);
    dealer.confirm(first.taken[0]!.id);
    dealer.add(second);
    dealer.remove(first);
    await until(() => second.taken.length === 1);
    expect(second.taken[0]!.socket).to.equal(first.taken[1]!.socket);
  });

  it('keeps connections for which there is no worker until there is one', async () => {
    const { dealer, dial } = await makeDealer();
    const socket = dial();
    await new Promise((resolve) => socket.once('connect', resolve));
    const taker = new TakerDouble();
    dealer.add(taker);
    await until(() => taker.taken.length === 1);
  });

  it('closes its own end of a connection that a worker has', async () => {
    const { dealer, dial } = await makeDealer();
    const taker = new TakerDouble();
    dealer.add(taker);
    dial();
    await until(() => taker.taken.length === 1);
    dealer.confirm(taker.taken[0]!.id);
    expect(taker.taken[0]!.socket.destroyed).to.equal(true);
  });
});
