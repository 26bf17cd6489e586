import { expect } from 'chai';
import { createCache } from '#src/engine/create-cache.js';
import { defineKey } from '#src/key/key-family.js';
import { RouteTable } from '#src/telemetry/route-table.js';
import { FakeClock } from '#src/testing/fake-clock.js';

describe('RouteTable', () => {
  const isFamily = (name: string): boolean => name.startsWith('family');

  it('counts a key under its family', () => {
    const table = new RouteTable(isFamily);
    expect(table.ofKey('family@2("42")').name).to.equal('family@2');
    expect(table.ofKey('family@2("43")[user="7"]')).to.equal(table.ofKey('family@2("42")'));
  });

  it('counts a key without a known family as default, so that no key becomes a label', () => {
    const table = new RouteTable(isFamily);
    expect(table.ofKey('user-42').name).to.equal('default');
    expect(table.ofKey('user-42(1)').name).to.equal('default');
    expect(table.all().map(({ name }) => name)).to.deep.equal(['default']);
  });

  it('counts a key under a route that was named before, whoever defined it', () => {
    const table = new RouteTable();
    const counters = table.of('Users.find');
    expect(table.ofKey('Users.find("1")')).to.equal(counters);
  });

  it('has at most 1,000 routes and one for all others', () => {
    const table = new RouteTable(() => true);
    for (let index = 0; index < 5_000; index++) table.ofKey(`f${index}(1)`).hit++;
    expect(table.all()).to.have.length(1_001);
    expect(table.of('other').hit).to.equal(4_000);
    expect(table.of('f7').hit).to.equal(1);
  });
});

describe('a cache', () => {
  const userById = defineKey('route-table-user', (id: string) => [id]);

  it('counts what it answers by key family and by word', async () => {
    const cache = createCache({ defaults: { ttl: 60 } });
    for (let round = 0; round < 3; round++) await cache.getOrLoad(userById.of('1'), () => 1);
    await cache.get(userById.of('2'));
    await cache.getOrLoad('plain', () => 1);
    const { routes } = cache.parts.traffic;
    expect(routes.of('route-table-user')).to.include({ hit: 2, miss: 2, stale: 0 });
    expect(routes.of('default')).to.include({ hit: 0, miss: 1 });
  });

  it('goes on counting a record under its family after it was expired softly', async () => {
    const clock = new FakeClock();
    const cache = createCache({ clock, defaults: { ttl: 60, staleWhileRevalidate: 60 } });
    await cache.getOrLoad(userById.of('1'), () => 1);
    await cache.expire(userById.of('1'));
    clock.advance(1_000);
    await cache.getOrLoad(userById.of('1'), () => new Promise<number>(() => undefined));
    expect(cache.parts.traffic.routes.of('route-table-user')).to.include({ stale: 1, miss: 1 });
  });
});
