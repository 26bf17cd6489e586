import { expect } from 'chai';
import { setTimeout as pause } from 'node:timers/promises';
import { Opened } from '#src/opened.js';
import { startSentinels } from '#src/redis-groups.js';
import { Database, RedisNode } from '#src/redis-node.js';
import { joined } from '#src/redis-rounds.js';
import { until } from '#src/until.js';

describe('a Redis behind Sentinel', function () {
  this.timeout(60_000);

  let opened: Opened;
  beforeEach(() => (opened = new Opened()));
  afterEach(() => opened.close());

  it('fails over under load: nobody sees an error or what was invalidated, and the new master is joined', async () => {
    const { master, replica, sentinels } = await startSentinels(opened);
    const database = new Database();
    const places = sentinels.map(({ port }) => ({ host: '127.0.0.1', port }));
    const redis = { sentinel: { sentinels: places, name: 'cw' } };
    const [one, other] = await RedisNode.startAll(opened, database, { redis }, 2);
    await Promise.all([joined(one!), joined(other!)]);
    const load = { entry: { ttl: 60 } };
    let round = 0;
    const turn = async (): Promise<void> => {
      database.write('key', `${++round}`);
      await one!.call('invalidate', 'key');
      const values = await Promise.all([one!.call('load', 'key', load), other!.call('load', `k${round}`, load)]);
      expect(values[0], `round ${round}`).to.equal(`${round}`);
    };
    for (let warm = 0; warm < 10; warm++) await turn();
    await master.kill();
    // A Sentinel closes the connections of a server that it promotes: a question that was under way has no answer then.
    const isPromoted = (): Promise<boolean> =>
      replica.client.text('INFO', 'replication').then(
        (info) => info.includes('role:master'),
        () => false,
      );
    while (!(await isPromoted())) {
      await turn();
      await pause(20);
    }
    for (let after = 0; after < 20; after++) await turn();
    await until(async () => (await other!.call('load', 'key', load)) === `${round}`);
    await Promise.all([joined(one!), joined(other!)]);
    await turn();
    await until(async () => (await other!.call('load', 'key', load)) === `${round}`);
    expect(Number(await replica.client.send('EXISTS', 'cachewarp:{app}:log'))).to.equal(1);
    await until(async () => (await other!.call('events')).logGap !== undefined);
  });
});
