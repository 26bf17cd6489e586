import { expect } from 'chai';
import { OTHER_ROUTES, RouteTable } from '#src/simulate/stats/route-table.js';
import { RouteFolder } from '#src/simulate/stats/route-folder.js';
import type { Sighting } from '#src/simulate/stats/route-stats.js';

describe('RouteFolder', () => {
  const folded: [string, string][] = [
    ['/', '/'],
    ['/users/42', '/users/:id'],
    ['/users/42/orders/7?x=1', '/users/:id/orders/:id'],
    ['/o/3f2504e0-4f89-11d3-9a0c-0305e82c3301', '/o/:id'],
    ['/c/9fceb02d0ae598e95dc970b74767f19372d61af8', '/c/:id'],
    ['/t/Vn4kZk8xT0G2aB1c9D', '/t/:id'],
    ['/img/a.PNG', '/img/*.png'],
    ['/api/v1/status', '/api/v1/status'],
    ['/a/b/c/d/e/f/g/h/i/j', '/a/b/c/d/e/f/g/h/**'],
  ];
  for (const [path, route] of folded) {
    it(`folds ${path} into ${route}`, () => expect(new RouteFolder().fold(path)).to.equal(route));
  }
});

describe('RouteTable', () => {
  function seen(): Sighting {
    return {
      outcome: 'hit',
      isRead: true,
      bytes: 10,
      keyHash: 1,
      isOutdated: false,
      durationMs: -1,
      isChanged: undefined,
    };
  }

  it('folds names to one route once there are many of them at one place, those before included', () => {
    const table = new RouteTable();
    for (let name = 0; name < 100; name++)
      table.add(`/blog/post-${'abcdefghij'[name % 10]!}${'xyzuvwqrst'[Math.floor(name / 10)]!}`, seen());
    table.add('/blog', seen());
    expect(table.rows().map(([route, { requests }]) => [route, requests])).to.deep.equal([
      ['/blog/*', 100],
      ['/blog', 1],
    ]);
  });

  it('keeps the frequent routes where there are too many, and all of their numbers', () => {
    const table = new RouteTable();
    for (let index = 0; index < 60_000; index++) {
      const names = [index % 30, Math.floor(index / 30) % 30, Math.floor(index / 900) % 30].map(
        (digit) => `p${'abcdefghijklmnopqrstuvwxyzABCD'[digit]!}`,
      );
      table.add(`/${names.join('/')}`, seen());
      if (index % 2 === 0) table.add('/hot', seen());
    }
    const rows = table.rows();
    expect(rows.length).to.be.at.most(2_001);
    expect(rows.find(([route]) => route === '/hot')![1].requests).to.equal(30_000);
    expect(rows.some(([route]) => route === OTHER_ROUTES)).to.equal(true);
    expect(rows.reduce((sum, [, { requests }]) => sum + requests, 0)).to.equal(90_000);
  });
});
