import { expect } from 'chai';
import { CacheClient, KeyvAdapter } from '@cachewarp/client';
import { startServer, type CacheServer } from '@cachewarp/server';
import { Keyv } from 'keyv';

describe('the client of the REST service', () => {
  let server: CacheServer;
  let client: CacheClient;

  beforeEach(async () => {
    server = await startServer({ port: 0 });
    client = new CacheClient({ url: server.url });
  });
  afterEach(() => server.close());

  it('keeps and answers JSON and bytes under any key', async () => {
    for (const key of ['user:1', 'a/b?c=d#e', 'ä€𝄞', ' ', '%', '.', '..', '\0', 'batch', '../x']) {
      expect(await client.get(key), key).to.equal(undefined);
      expect(await client.set(key, { a: [1, 'ä', null] }, { ttl: 60, tags: ['t'] }), key).to.deep.include({
        confirmed: true,
      });
      expect(await client.get(key), key).to.deep.equal({ a: [1, 'ä', null] });
      expect(await client.has(key), key).to.equal(true);
      expect(await client.delete(key), key).to.equal(true);
      expect(await client.delete(key), key).to.equal(false);
    }
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    await client.set('bytes', bytes, { ttl: 60, tags: ['t'] });
    expect(await client.get('bytes')).to.deep.equal(bytes);
    expect((await client.getEntry('bytes'))?.contentType).to.equal('application/octet-stream');
    await client.set('endless', bytes, { ttl: null, tags: ['with space'] });
    const endless = await client.getEntry('endless');
    expect(endless?.value).to.deep.equal(bytes);
    expect(endless?.ttlLeft).to.be.above(315_000_000);
    await client.invalidate({ tags: ['t', 'with space'] });
    expect(await client.get('endless')).to.equal(undefined);
    expect(await client.get('bytes')).to.equal(undefined);
  });

  it('writes under conditions', async () => {
    const first = await client.set('k', 1, { ifAbsent: true });
    expect(await client.set('k', 2, { ifAbsent: true })).to.equal(undefined);
    expect(await client.set('k', 2, { ifMatch: first!.etag })).to.include({ confirmed: true });
    expect(await client.set('k', 3, { ifMatch: first!.etag })).to.equal(undefined);
    expect(await client.delete('k', { ifMatch: first!.etag })).to.equal(false);
    expect(await client.get('k')).to.equal(2);
  });

  it('takes more keys at once than one request does', async () => {
    const keys = Array.from({ length: 2500 }, (_, index) => `k${index}`);
    await client.setMany(
      keys.map((key, value) => ({ key, value: value === 7 ? Uint8Array.of(1, 2) : value, ttl: null })),
    );
    const values = await client.getMany([...keys, 'absent']);
    expect(values.slice(0, 7)).to.deep.equal([0, 1, 2, 3, 4, 5, 6]);
    expect(values[7]).to.deep.equal(Uint8Array.of(1, 2));
    expect(values.slice(-2)).to.deep.equal([2499, undefined]);
    const listed: string[] = [];
    for await (const key of client.keys('k1')) listed.push(key);
    expect(listed).to.have.length(1111);
    expect(await client.deleteMany(['k1', 'absent'])).to.deep.equal([true, false]);
    await client.clear();
    expect((await client.stats())['entries']).to.equal(0);
    expect(await client.health()).to.include({ status: 'ok' });
  });

  describe('as a store of Keyv', () => {
    it('does what Keyv promises', async () => {
      const keyv = new Keyv({ store: new KeyvAdapter({ url: server.url }), throwOnErrors: true });
      expect(await keyv.get('a')).to.equal(undefined);
      expect(await keyv.set('a', { n: 1 })).to.equal(true);
      expect(await keyv.get('a')).to.deep.equal({ n: 1 });
      await keyv.setMany([
        { key: 'b', value: 'ä' },
        { key: 'c', value: null, ttl: 60_000 },
      ]);
      expect(await keyv.getMany(['a', 'b', 'x'])).to.deep.equal([{ n: 1 }, 'ä', undefined]);
      expect(await keyv.has('b')).to.equal(true);
      expect(await keyv.hasMany(['b', 'x'])).to.deep.equal([true, false]);
      expect(await keyv.delete('b')).to.equal(true);
      expect(await keyv.delete('b')).to.equal(false);
      expect(await keyv.deleteMany(['a', 'c'])).to.equal(true);
      expect(await keyv.has('a')).to.equal(false);
    });

    it('obeys the time to live, in ms, and keeps without one for as long as there is room', async () => {
      const keyv = new Keyv({ store: new KeyvAdapter({ url: server.url }), throwOnErrors: true });
      await keyv.set('short', 1, 90_000);
      await keyv.set('long', 1);
      const left = async (key: string): Promise<number | null | undefined> =>
        (await client.getEntry(`keyv:${key}`))?.ttlLeft;
      expect(await left('short')).to.be.within(80, 90);
      expect(await left('long')).to.equal(null);
    });

    it('clears and iterates its own namespace only', async () => {
      const [one, two] = ['one', 'two'].map(
        (namespace) => new Keyv({ store: new KeyvAdapter({ url: server.url }), namespace, throwOnErrors: true }),
      );
      await one!.set('k', 1);
      await one!.set('l', 2);
      await two!.set('k', 3);
      const seen: unknown[] = [];
      for await (const entry of one!.iterator!(undefined)) seen.push(entry);
      expect(seen).to.deep.equal([
        ['k', 1],
        ['l', 2],
      ]);
      await one!.clear();
      expect([await one!.get('k'), await two!.get('k')]).to.deep.equal([undefined, 3]);
    });
  });
});
