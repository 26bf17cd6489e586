import { expect } from 'chai';
import { ServiceMaker } from '../support/make-service.js';

describe('the routes for many entries', () => {
  const services = new ServiceMaker();
  afterEach(() => services.closeAll());

  describe('POST /cache/batch', () => {
    it('deletes, sets and gets, in this order, with a result for each key', async () => {
      const service = await services.make();
      await service.put('old', 1);
      const json = {
        get: ['new', 'bytes', 'old', 'absent'],
        set: [
          { key: 'new', value: { a: [1] }, ttl: 60, tags: ['t'] },
          { key: 'bytes', base64: 'AP8=', contentType: 'image/png', ttl: null },
        ],
        delete: ['old', 'absent'],
      };
      const { status, json: result } = await service.ask('POST', '/cache/batch', { json });
      expect(status).to.equal(200);
      expect(result.delete).to.deep.equal([
        { key: 'old', deleted: true },
        { key: 'absent', deleted: false },
      ]);
      expect(result.set.map((one: { status: number }) => one.status)).to.deep.equal([201, 201]);
      expect(result.get[0]).to.deep.equal({
        key: 'new',
        value: { a: [1] },
        ttl: 60,
        tags: ['t'],
        etag: result.set[0].etag,
        age: 0,
        ttlLeft: result.get[0].ttlLeft,
      });
      expect(result.get[0].ttlLeft).to.be.oneOf([59, 60]);
      expect(result.get[1]).to.deep.include({
        key: 'bytes',
        base64: 'AP8=',
        contentType: 'image/png',
        ttl: null,
        ttlLeft: null,
      });
      expect(result.get.slice(2)).to.deep.equal([null, null]);
      expect([...(await service.get('bytes')).bytes]).to.deep.equal([0, 255]);
    });

    it('does nothing at all where something is faulty', async () => {
      const service = await services.make();
      const set = [
        { key: 'a', value: 1 },
        { key: 'b', value: 1, ttl: -1 },
      ];
      const { status, json } = await service.ask('POST', '/cache/batch', { json: { set } });
      expect(status).to.equal(400);
      expect(json).to.deep.include({ field: 'set[1].ttl', value: -1 });
      expect((await service.get('a')).status).to.equal(404);
    });

    const faulty: [object, string][] = [
      [{}, 'body'],
      [{ get: 'a' }, 'get'],
      [{ get: [1] }, 'get[0]'],
      [{ get: [''] }, 'get[0]'],
      [{ fetch: ['a'] }, 'fetch'],
      [{ set: [1] }, 'set[0]'],
      [{ set: [{ value: 1 }] }, 'set[0].key'],
      [{ set: [{ key: 'a' }] }, 'set[0].value'],
      [{ set: [{ key: 'a', base64: '?' }] }, 'set[0].base64'],
      [{ set: [{ key: 'a', base64: 'AA==', contentType: 'x' }] }, 'set[0].contentType'],
      [{ set: [{ key: 'a', value: 1, base64: 'AA==' }] }, 'set[0].value'],
      [{ get: Array.from({ length: 1001 }, String) }, 'body'],
      [{ get: ['\ud800'] }, 'get[0]'],
    ];
    for (const [json, field] of faulty) {
      it(`refuses ${JSON.stringify(json).slice(0, 60)} naming ${field}`, async () => {
        const service = await services.make();
        const seen = await service.ask('POST', '/cache/batch', { json });
        expect([seen.status, seen.json.field]).to.deep.equal([JSON.stringify(json).length > 5000 ? 422 : 400, field]);
      });
    }

    it('leaves out what would make the answer too large, and says so', async () => {
      const service = await services.make({ limits: { answerBytes: 1000 } });
      await service.put('a', 'x'.repeat(600));
      await service.put('b', 'x'.repeat(600));
      const { json } = await service.ask('POST', '/cache/batch', { json: { get: ['a', 'b'] } });
      expect(json.get[0].value).to.have.length(600);
      expect(json.get[1]).to.deep.equal({ key: 'b', omitted: true });
    });
  });

  describe('POST /invalidate', () => {
    it('invalidates by key, keys, tag, tags, prefix, and all', async () => {
      const service = await services.make();
      const left = async (target: object): Promise<string[]> => {
        for (const [key, tags] of [
          ['user:1', ['users', 'a']],
          ['user:2', ['users', 'b']],
          ['post:1', ['posts']],
        ] as const)
          await service.put(key, 1, { tags });
        expect((await service.ask('POST', '/invalidate', { json: target })).status).to.equal(200);
        return (await service.ask('GET', '/cache')).json.keys;
      };
      expect(await left({ key: 'user:1' })).to.deep.equal(['post:1', 'user:2']);
      expect(await left({ keys: ['user:1', 'post:1'] })).to.deep.equal(['user:2']);
      expect(await left({ tag: 'users' })).to.deep.equal(['post:1']);
      expect(await left({ tags: ['a', 'posts'] })).to.deep.equal(['user:2']);
      expect(await left({ prefix: 'user:' })).to.deep.equal(['post:1']);
      expect(await left({ tag: 'posts', key: 'user:1' })).to.deep.equal(['user:2']);
      expect(await left({ all: true })).to.deep.equal([]);
    });

    it('refuses what names nothing, or what it does not know', async () => {
      const service = await services.make();
      for (const [json, field] of [
        [{}, 'body'],
        [{ all: false }, 'all'],
        [{ tga: 'x' }, 'tga'],
        [{ tag: '' }, 'tag'],
        [{ keys: 'a' }, 'keys'],
        [[], 'body'],
      ] as const) {
        const seen = await service.ask('POST', '/invalidate', { json });
        expect([seen.status, seen.json.field]).to.deep.equal([400, field]);
      }
      expect(
        (await service.ask('POST', '/invalidate', { body: '{"all":true}', headers: { 'content-type': 'text/plain' } }))
          .status,
      ).to.equal(415);
    });
  });

  it('DELETE /cache removes everything', async () => {
    const service = await services.make();
    await service.put('a', 1);
    await service.put('b', 1);
    expect((await service.ask('DELETE', '/cache')).status).to.equal(204);
    expect((await service.ask('GET', '/cache')).json).to.deep.equal({ keys: [], total: 0, cursor: null });
  });

  it('GET /cache lists keys in their order, page by page, while others come and go', async () => {
    const service = await services.make();
    for (const key of ['c', 'a', 'x:1', 'b']) await service.put(key, 1);
    const first = (await service.ask('GET', '/cache?limit=2')).json;
    expect(first).to.deep.include({ keys: ['a', 'b'], total: 4 });
    await service.ask('DELETE', '/cache/b');
    const second = (await service.ask('GET', `/cache?limit=2&cursor=${first.cursor}`)).json;
    expect(second).to.deep.include({ keys: ['c', 'x:1'], cursor: null });
    expect((await service.ask('GET', '/cache?prefix=x:')).json.keys).to.deep.equal(['x:1']);
    for (const query of ['limit=0', 'limit=x', 'cursor=!', 'page=1'])
      expect((await service.ask('GET', `/cache?${query}`)).status, query).to.equal(400);
  });
});
