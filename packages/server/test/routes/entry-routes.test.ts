import { expect } from 'chai';
import { MemoryStore } from '@cachewarp/core';
import { FakeClock } from '@cachewarp/core/testing';
import { ServiceMaker } from '../support/make-service.js';

describe('the routes of /cache/{key}', () => {
  const services = new ServiceMaker();
  afterEach(() => services.closeAll());

  it('answers JSON with its key, ttl and tags, character for character', async () => {
    const service = await services.make();
    const body =
      '{ "tags": ["users", "users"], "ttl": 300, "value": {"n": 12345678901234567890, "e":1e400, "s":"\\ud800", "__proto__":{"a":1}, "a":1, "a":2} }';
    const put = await service.ask('PUT', '/cache/user%3A1', { headers: { 'content-type': 'application/json' }, body });
    expect(put.status).to.equal(201);
    expect(put.headers.get('etag'), 'RFC 9110 9.3.4').to.equal(null);
    const { status, text, headers } = await service.get('user:1');
    expect(status).to.equal(200);
    expect(text).to.equal(
      '{"key":"user:1","value":{"n": 12345678901234567890, "e":1e400, "s":"\\ud800", "__proto__":{"a":1}, "a":1, "a":2},"ttl":300,"tags":["users"]}\n',
    );
    expect(headers.get('etag')).to.equal(put.json.etag);
    expect(headers.get('content-type')).to.equal('application/json; charset=utf-8');
  });

  it('answers bytes under their own media type, and lets no browser run them', async () => {
    const service = await services.make();
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    const put = await service.ask('PUT', '/cache/image', {
      headers: { 'content-type': 'image/x-own; a=b' },
      body: bytes,
    });
    expect(put.status).to.equal(201);
    const got = await service.get('image');
    expect([...got.bytes]).to.deep.equal([...bytes]);
    expect(got.headers.get('content-type')).to.equal('image/x-own; a=b');
    expect(got.headers.get('x-content-type-options')).to.equal('nosniff');
    expect(got.headers.get('content-security-policy')).to.equal('sandbox');
    expect(got.headers.get('etag')).to.equal(put.headers.get('etag'));
  });

  it('tells HEAD what GET would answer, without the body', async () => {
    const service = await services.make();
    await service.put('a', 1);
    const [head, get] = [await service.ask('HEAD', '/cache/a'), await service.get('a')];
    expect(head.status).to.equal(200);
    for (const name of ['etag', 'content-length', 'content-type'])
      expect(head.headers.get(name)).to.equal(get.headers.get(name));
    expect((await service.ask('HEAD', '/cache/b')).status).to.equal(404);
  });

  it('tells the age and the time left, and nothing behind it', async () => {
    const clock = new FakeClock();
    const service = await services.make({ clock });
    await service.put('a', 1, { ttl: 100 });
    clock.advance(30_500);
    const { headers } = await service.get('a');
    expect(headers.get('age')).to.equal('30');
    expect(headers.get('cache-control')).to.equal('max-age=69');
    clock.advance(69_500);
    expect((await service.get('a')).status).to.equal(404);
  });

  it('takes the ttl from the content, else from Cache-Control, else from the default; null is no end', async () => {
    const clock = new FakeClock();
    const service = await services.make({ clock });
    const left = async (key: string): Promise<string | null> => (await service.get(key)).headers.get('cache-control');
    await service.ask('PUT', '/cache/a', { json: { value: 1, ttl: 5 }, headers: { 'cache-control': 'max-age=7' } });
    await service.ask('PUT', '/cache/b', { json: { value: 1 }, headers: { 'cache-control': 'max-age=7' } });
    await service.ask('PUT', '/cache/c', {
      body: 'x',
      headers: { 'content-type': 'text/plain', 'cache-control': 'private, max-age=8' },
    });
    await service.put('d', 1);
    await service.put('e', 1, { ttl: null });
    expect([await left('a'), await left('b'), await left('c'), await left('d')]).to.deep.equal([
      'max-age=5',
      'max-age=7',
      'max-age=8',
      'max-age=3600',
    ]);
    clock.advance(365 * 86_400_000);
    expect((await service.get('e')).json).to.deep.include({ value: 1, ttl: null });
    expect((await service.get('d')).status).to.equal(404);
  });

  it('says 201 for what is new and 200 for what takes the place of another', async () => {
    const service = await services.make();
    expect((await service.put('a', 1)).status).to.equal(201);
    expect((await service.put('a', 2)).status).to.equal(200);
    expect((await service.get('a')).json.value).to.equal(2);
  });

  it('removes, and says 404 where there was nothing', async () => {
    const service = await services.make();
    await service.put('a', 1);
    expect((await service.ask('DELETE', '/cache/a')).status).to.equal(204);
    expect((await service.get('a')).status).to.equal(404);
    expect((await service.ask('DELETE', '/cache/a')).json).to.deep.include({ status: 404, field: 'key', value: 'a' });
  });

  it('takes any bytes as a key, and keeps different ones apart', async () => {
    const service = await services.make();
    const keys = [
      'a%2Fb',
      'a%00b',
      '%FF',
      '%EF%BF%BFff',
      '%EF%BF%BF',
      '%C3%A4',
      '%c3',
      '%C3%28',
      '%',
      '..%2f',
      'x;y=z',
      '%3Fq',
      '+',
      '%20',
      'batch',
      '__proto__',
      '%ED%A0%80',
      '%F4%90%80%80',
    ].filter((key) => key !== '%');
    for (const [index, key] of keys.entries())
      expect((await service.ask('PUT', `/cache/${key}`, { json: { value: index } })).status, key).to.equal(201);
    for (const [index, key] of keys.entries())
      expect((await service.ask('GET', `/cache/${key}`)).json.value, key).to.equal(index);
    expect((await service.ask('GET', '/cache/a/b')).json.value, 'a slash for itself').to.equal(0);
    expect((await service.ask('GET', '/cache/%61%2fb')).json.value, 'encoded in another way').to.equal(0);
  });

  const faulty: [string, string, string, object, number, string][] = [
    ['an empty key', 'PUT', '/cache/', { json: { value: 1 } }, 400, 'key'],
    ['a broken escape', 'GET', '/cache/a%2', {}, 400, 'key'],
    ['a key over the limit', 'GET', `/cache/${'k'.repeat(1025)}`, {}, 414, 'key'],
    ['a query', 'GET', '/cache/a?b=c', {}, 400, 'query'],
    ['no JSON', 'PUT', '/cache/a', { body: '{"value":', headers: { 'content-type': 'application/json' } }, 400, 'body'],
    [
      'JSON that is not UTF-8',
      'PUT',
      '/cache/a',
      { body: Uint8Array.of(0x22, 0xff, 0x22), headers: { 'content-type': 'application/json' } },
      400,
      'body',
    ],
    ['no object', 'PUT', '/cache/a', { json: [1] }, 400, 'body'],
    ['no value', 'PUT', '/cache/a', { json: { ttl: 1 } }, 400, 'value'],
    ['an unknown member', 'PUT', '/cache/a', { json: { value: 1, tll: 5 } }, 400, 'tll'],
    ['a ttl of 0', 'PUT', '/cache/a', { json: { value: 1, ttl: 0 } }, 400, 'ttl'],
    ['a ttl below 0', 'PUT', '/cache/a', { json: { value: 1, ttl: -5 } }, 400, 'ttl'],
    ['a ttl as text', 'PUT', '/cache/a', { json: { value: 1, ttl: '5' } }, 400, 'ttl'],
    ['tags as text', 'PUT', '/cache/a', { json: { value: 1, tags: 'a' } }, 400, 'tags'],
    ['an empty tag', 'PUT', '/cache/a', { json: { value: 1, tags: ['a', ''] } }, 400, 'tags[1]'],
    [
      '65 tags',
      'PUT',
      '/cache/a',
      { json: { value: 1, tags: Array.from({ length: 65 }, (_, index) => String(index)) } },
      422,
      'tags',
    ],
    [
      'a form',
      'PUT',
      '/cache/a',
      { body: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      'Content-Type',
    ],
    [
      'encoded content',
      'PUT',
      '/cache/a',
      { body: 'a', headers: { 'content-encoding': 'gzip', 'content-type': 'text/plain' } },
      415,
      'Content-Encoding',
    ],
    ['a condition that is none', 'GET', '/cache/a', { headers: { 'if-none-match': 'abc' } }, 400, 'If-None-Match'],
    ['another method', 'PATCH', '/cache/a', { json: {} }, 405, 'method'],
    ['another path', 'GET', '/cach', {}, 404, 'path'],
  ];
  for (const [what, method, path, asked, status, field] of faulty) {
    it(`answers ${what} with ${status} and problem+json that names ${field}`, async () => {
      const service = await services.make();
      const seen = await service.ask(method, path, asked);
      expect(seen.status).to.equal(status);
      expect(seen.headers.get('content-type')).to.equal('application/problem+json');
      expect(seen.json).to.include({ status, field }).and.to.have.property('value');
    });
  }

  it('says in Allow what a path takes', async () => {
    const service = await services.make();
    const allow = async (path: string): Promise<string | null> =>
      (await service.ask('OPTIONS', path)).headers.get('allow');
    expect(await allow('/cache/a')).to.equal('GET, HEAD, PUT, DELETE, OPTIONS');
    expect(await allow('/cache')).to.equal('GET, HEAD, DELETE, OPTIONS');
    expect(await allow('/invalidate')).to.equal('POST, OPTIONS');
    expect((await service.ask('POST', '/cache/a', { json: {} })).headers.get('allow')).to.equal(
      'GET, HEAD, PUT, DELETE, OPTIONS',
    );
  });

  it('answers 413 over the limit of the body, and for what memory cannot hold', async () => {
    const service = await services.make({ memory: { maxBytes: '1mb' }, limits: { bodyBytes: '512kb' } });
    const big = async (bytes: number): Promise<number> =>
      (await service.ask('PUT', '/cache/a', { body: Buffer.alloc(bytes), headers: { 'content-type': 'a/b' } })).status;
    expect(await big(600 * 1024)).to.equal(413);
    expect(await big(400 * 1024)).to.equal(413);
    expect(await big(200 * 1024)).to.equal(201);
  });

  describe('conditions', () => {
    it('answer 304 to a GET whose tag is the one there', async () => {
      const service = await services.make();
      const { etag } = (await service.put('a', 1)).json;
      for (const tags of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
        const seen = await service.get('a', { 'if-none-match': tags });
        expect([seen.status, seen.text, seen.headers.get('etag')], tags).to.deep.equal([304, '', etag]);
      }
      expect((await service.get('a', { 'if-none-match': '"x"' })).status).to.equal(200);
      expect((await service.get('b', { 'if-none-match': '*' })).status).to.equal(404);
    });

    it('let a PUT through only where the entry is as If-Match says', async () => {
      const service = await services.make();
      const put = (value: number, ifMatch: string): Promise<{ status: number }> =>
        service.ask('PUT', '/cache/a', { json: { value }, headers: { 'if-match': ifMatch } });
      expect((await put(1, '*')).status).to.equal(412);
      const { etag } = (await service.put('a', 1)).json;
      expect((await put(2, `W/${etag}`)).status, 'strong comparison').to.equal(412);
      expect((await put(2, '"x"')).status).to.equal(412);
      expect((await put(2, `"x", ${etag}`)).status).to.equal(200);
      expect((await put(3, etag)).status, 'it was replaced').to.equal(412);
      expect((await service.get('a')).json.value).to.equal(2);
      expect((await service.ask('DELETE', '/cache/a', { headers: { 'if-match': etag } })).status).to.equal(412);
    });

    it('let one of many through that put at the same time where there is nothing', async () => {
      const service = await services.make();
      const statuses = await Promise.all(
        Array.from(
          { length: 30 },
          async (_, value) =>
            (await service.ask('PUT', '/cache/lock', { json: { value }, headers: { 'if-none-match': '*' } })).status,
        ),
      );
      expect(statuses.filter((status) => status === 201)).to.have.length(1);
      expect(statuses.filter((status) => status === 412)).to.have.length(29);
    });

    it('hold also while the answer of a store is awaited between the check and the act', async () => {
      let release!: () => void;
      const held = new Promise<void>((resolve) => (release = resolve));
      class SlowStore extends MemoryStore {
        override get(...given: Parameters<MemoryStore['get']>): never {
          return held.then(() => super.get(...given)) as never;
        }
      }
      const service = await services.make({ store: new SlowStore(), storeTimeout: 30 });
      const put = async (value: number): Promise<number> =>
        (await service.ask('PUT', '/cache/lock', { json: { value }, headers: { 'if-none-match': '*' } })).status;
      const answered = Promise.all(Array.from({ length: 20 }, (_, value) => put(value)));
      // By then all of them have come, and wait.
      for (let turn = 0; turn < 20; turn++) await service.ask('GET', '/health');
      release();
      const statuses = await answered;
      expect(statuses.filter((status) => status === 201)).to.have.length(1);
    });

    it('lose no update of many that read, add one and write under If-Match', async () => {
      const service = await services.make();
      await service.put('counter', 0);
      const addOne = async (): Promise<void> => {
        for (;;) {
          const { json, headers } = await service.get('counter');
          const { status } = await service.ask('PUT', '/cache/counter', {
            json: { value: json.value + 1 },
            headers: { 'if-match': headers.get('etag')! },
          });
          if (status === 200) return;
          expect(status).to.equal(412);
        }
      };
      await Promise.all(Array.from({ length: 10 }, addOne));
      expect((await service.get('counter')).json.value).to.equal(10);
    });
  });
});
