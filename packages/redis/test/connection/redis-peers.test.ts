import { setTimeout as pause } from 'node:timers/promises';
import { systemClock, type PeerChannel, type SharedTier, type TierUser } from '@cachewarp/core';
import { expect } from 'chai';
import { RedisServer } from '../redis-server.js';
import { redisStore } from '#src/tier/redis-store.js';

describe('RedisPeers', function () {
  this.timeout(20_000);

  let server: RedisServer;
  const tiers: SharedTier[] = [];
  before(async () => {
    server = await RedisServer.start();
  });
  afterEach(async () => {
    for (const { store } of tiers.splice(0)) await store.close?.();
  });
  after(() => server.stop());

  const open = (name = 'app'): PeerChannel => {
    const user = { name, clock: systemClock, random: Math.random, events: { emit: () => undefined } };
    const tier = redisStore({ url: server.url }).open(user as unknown as TierUser);
    tiers.push(tier);
    return tier.peers!;
  };

  const join = async (peers: PeerChannel, name: string): Promise<Joined> => {
    const heard: string[] = [];
    let opened = 0;
    const hearer = { onMessage: (text: string) => void heard.push(text), onOpen: () => void opened++ };
    const line = peers.join(name, hearer, `${name} goes`);
    const joined = { line, heard, opened: () => opened };
    await until(() => opened > 0);
    return joined;
  };

  it('tells everybody of the cache name, or one of them', async () => {
    const [one, two, stranger] = [
      await join(open(), 'one'),
      await join(open(), 'two'),
      await join(open('other'), 'two'),
    ];
    await one.line.tell(undefined, 'to all');
    await one.line.tell('two', 'to two');
    await until(() => two.heard.length === 2 && one.heard.length === 1);
    expect(one.heard).to.deep.equal(['to all']);
    expect(two.heard).to.deep.equal(['to all', 'to two']);
    expect(stranger.heard).to.deep.equal([]);
  });

  it('opens anew after every interruption, and hears what is told then', async () => {
    const [one, two] = [await join(open(), 'one'), await join(open(), 'two')];
    await server.client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await until(() => one.opened() === 2 && two.opened() === 2);
    expect(one.line.isOpen).to.equal(true);
    await one.line.tell('two', 'again');
    await until(() => two.heard.includes('again'));
  });

  it('hears nothing after it has left, and others of the same process do', async () => {
    const peers = open();
    const [one, two] = [await join(peers, 'one'), await join(peers, 'two')];
    one.line.leave();
    expect(one.line.isOpen).to.equal(false);
    await two.line.tell('one', 'gone');
    await two.line.tell(undefined, 'to all');
    await until(() => two.heard.length === 2);
    expect(two.heard).to.deep.equal(['one goes', 'to all']);
    expect(one.heard).to.deep.equal([]);
  });

  it('says farewell for who is in when its cache is closed', async () => {
    const [, two] = [await join(open(), 'one'), await join(open(), 'two')];
    await tiers[0]!.store.close?.();
    await until(() => two.heard.length === 1);
    expect(two.heard).to.deep.equal(['one goes']);
  });

  it('refuses to tell what Redis did not take', async () => {
    const own = await RedisServer.start();
    const user = { name: 'app', clock: systemClock, random: Math.random, events: { emit: () => undefined } };
    const tier = redisStore({ url: own.url }).open(user as unknown as TierUser);
    tiers.push(tier);
    const { line } = await join(tier.peers!, 'one');
    await own.stop();
    await until(() => !line.isOpen);
    const error = await line.tell(undefined, 'text').then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(Error);
  });
});

interface Joined {
  readonly line: ReturnType<PeerChannel['join']>;
  readonly heard: string[];
  readonly opened: () => number;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await pause(2);
}
