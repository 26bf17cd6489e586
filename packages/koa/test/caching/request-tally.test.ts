import type { AnsweredRequest, RouteCounters } from '@cachewarp/core';
import { expect } from 'chai';
import { cached, closeApps, counting, type App } from '../make-app.js';

describe('requests of a Koa application', () => {
  afterEach(closeApps);

  const countsOf = ({ cache }: App, route: string): RouteCounters => cache.parts.traffic.routes.of(route);

  it('are counted by route and by how they were answered, once each', async () => {
    const app = await cached(
      (ctx) => {
        if (ctx.path === '/broken') throw Object.assign(new Error('no'), { status: 503 });
        ctx.body = 'hello';
      },
      { route: 'api', staleWhileRevalidate: 60 },
    );
    for (const path of ['/a', '/a', '/a', '/broken', '/a?nocache=true']) await app.get(path);
    app.clock.advance(61_000);
    await app.get('/a');
    await app.send('POST', '/b');
    expect(countsOf(app, 'api')).to.include({ hit: 2, miss: 1, error: 1, bypass: 2, stale: 1 });
    expect(app.cache.parts.traffic.bytes).to.include({ hit: 10, miss: 5, stale: 5 });
  });

  it('are counted under the route that a function names', async () => {
    const app = await cached(counting(), { route: (ctx) => ctx.path.split('/')[1]! });
    await app.get('/users/1');
    await app.get('/users/2');
    await app.get('/posts/1');
    expect([countsOf(app, 'users').miss, countsOf(app, 'posts').miss]).to.deep.equal([2, 1]);
  });

  it('are measured once somebody wants to know, hits too', async () => {
    const app = await cached(counting());
    const { durations } = app.cache.parts.traffic;
    const observed = (word: 'hit' | 'miss'): number => durations[word].counts.reduce((sum, count) => sum + count, 0);
    await app.get('/a');
    expect(observed('miss')).to.equal(0);
    app.cache.parts.traffic.isMeasured = true;
    await app.get('/a');
    await app.get('/b');
    expect([observed('hit'), observed('miss')]).to.deep.equal([1, 1]);
  });

  describe('with a log', () => {
    async function logged(wantsHits: boolean): Promise<App & { told: AnsweredRequest[] }> {
      const told: AnsweredRequest[] = [];
      const log = { wantsHits, answered: (request: AnsweredRequest) => void told.push(request) };
      const app = await cached(
        (ctx) => {
          if (ctx.path === '/broken') throw Object.assign(new Error('no'), { code: 'E_BROKEN' });
          ctx.body = String((ctx.state as { requestId?: string }).requestId);
        },
        { log },
      );
      return { ...app, told };
    }

    it('get an id that handlers, clients and the log know', async () => {
      const { told, get } = await logged(false);
      const given = await get('/a', { 'x-request-id': 'r-1' });
      expect([given.body, given.headers['x-request-id'], told[0]!.requestId]).to.deep.equal(['r-1', 'r-1', 'r-1']);
      const made = await get('/b', { 'x-request-id': 'not well-formed' });
      expect(made.headers['x-request-id'])
        .to.match(/^[0-9a-f]{12}-[0-9a-z]+$/)
        .and.to.equal(told[1]!.requestId);
    });

    it('are told with decision, reason, route and status', async () => {
      const { told, get } = await logged(true);
      await get('/a');
      const hit = await get('/a', { 'x-request-id': 'r-2' });
      await get('/broken');
      expect(told.map(({ word, reason, status, route, fault }) => [word, reason, status, route, fault])).to.deep.equal([
        ['miss', 'cold', 200, 'default', undefined],
        ['hit', undefined, 200, 'default', undefined],
        ['error', undefined, 500, 'default', 'E_BROKEN'],
      ]);
      expect([told[1]!.requestId, hit.headers['x-request-id']]).to.deep.equal(['r-2', undefined]);
    });

    it('are not told when they are fresh hits and it does not want those', async () => {
      const { told, get } = await logged(false);
      await get('/a');
      await get('/a');
      expect(told.map(({ word }) => word)).to.deep.equal(['miss']);
    });

    it('are answered also when it throws, which is said once', async () => {
      const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
      const log = {
        wantsHits: true,
        answered: () => {
          throw new Error('disk full');
        },
      };
      const { get } = await cached(counting(), { log });
      expect([(await get('/a')).status, (await get('/a')).status]).to.deep.equal([200, 200]);
      expect((await warned).message).to.match(/^a request log threw: Error: disk full/);
    });
  });
});
