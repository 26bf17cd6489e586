import { expect } from 'chai';
import { Redis } from 'ioredis';
import { readOptions, type RedisStoreOptions } from '#src/connection/redis-options.js';

describe('readOptions', () => {
  it('has a default for everything', () => {
    const { target, ...rest } = readOptions({});

    expect(target).to.deep.equal({ kind: 'single', options: { host: '127.0.0.1', port: 6379 } });
    expect(rest).to.deep.equal({
      keyPrefix: 'cachewarp',
      compressAbove: 4096,
      compression: 'gzip',
      maxSilenceMs: 2_000,
      appendTimeoutMs: 500,
      socketTimeoutMs: 2_000,
      maxMarkers: 100_000,
      maxRecords: 10_000,
      recordAgeMs: 3_600_000,
      maxUndelivered: 10_000,
    });
  });

  it('reads host, port, user, password, database and TLS from a URL', () => {
    const { target } = readOptions({ url: 'rediss://app:s%3Acret@[::1]:7000/3' });

    expect(target).to.deep.equal({
      kind: 'single',
      options: { host: '::1', port: 7000, username: 'app', password: 's:cret', db: 3, tls: {} },
    });
  });

  it('takes the settings of a given client and puts its prefix in front', () => {
    const client = new Redis({ host: 'redis.test', lazyConnect: true, keyPrefix: 'shop:', db: 2 });
    const { target, keyPrefix } = readOptions({ client });

    expect(keyPrefix).to.equal('shop:cachewarp');
    expect(target.options).to.include({ host: 'redis.test', db: 2 });
    client.disconnect();
  });

  it('gives a cluster and sentinels what holds for every connection', () => {
    const connection = { username: 'app', password: 'secret' };
    const cluster = readOptions({ cluster: { nodes: [{ host: 'a', port: 1 }] }, connection, tls: true });
    const sentinel = readOptions({ sentinel: { sentinels: [{ host: 's', port: 2 }], name: 'm' }, connection });

    expect(cluster.target).to.deep.include({ kind: 'cluster', options: { redisOptions: { ...connection, tls: {} } } });
    expect(sentinel.target.options).to.deep.include({ ...connection, name: 'm' });
  });

  const faulty: [options: unknown, message: string][] = [
    [[], 'redis must be an object, got []'],
    [{ adress: 'x' }, 'redis.adress is not an option'],
    [{ url: 'http://x' }, 'redis.url must be redis://… or rediss://…, got "http://x"'],
    [{ url: 'redis:///x/y' }, 'redis.url must'],
    [
      { url: 'redis://x', sentinel: {} },
      'redis must name one of url, client, cluster, sentinel, got ["url","sentinel"]',
    ],
    [{ client: {} }, 'redis.client must be a Redis or Cluster of ioredis 6, got {}'],
    [{ cluster: { nodes: [] } }, 'redis.cluster.nodes must be a list'],
    [{ sentinel: { name: 'm' } }, 'redis.sentinel.sentinels must be a list'],
    [{ sentinel: { sentinels: [{}] } }, 'redis.sentinel.name must be the name of the master, got undefined'],
    [{ tls: 'yes' }, 'redis.tls must be an object, got "yes"'],
    [{ keyPrefix: 'a{b}' }, 'redis.keyPrefix must be text of 1 to 100 characters without braces, got "a{b}"'],
    [{ compressAbove: -1 }, 'redis.compressAbove must be a number of bytes above 0'],
    [{ compression: 'zstd' }, 'redis.compression must be one of "gzip", "brotli", "none", got "zstd"'],
    [{ maxSilence: 0 }, 'redis.maxSilence must be a duration above 0'],
    [{ maxMarkers: 1 }, 'redis.maxMarkers must be a number from 100 to 10000000, got 1'],
    [{ maxUndelivered: -1 }, 'redis.maxUndelivered must be a number from 0'],
    [{ maxUndelivered: 1_000_001 }, 'redis.maxUndelivered must be a number from 0 to 1000000'],
  ];
  for (const [options, message] of faulty) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      expect(() => readOptions(options as RedisStoreOptions)).to.throw(message);
    });
  }

  it('does not repeat a password in its message', () => {
    expect(() => readOptions({ url: 'http://u:secret@x' })).to.throw('http://u:***@x');
  });
});
