import { writeFileSync } from 'node:fs';
import { createCache, type Cache } from '@cachewarp/core';
import { redisStore, type RedisStoreOptions } from '@cachewarp/redis';
import { expect } from 'chai';
import { Opened } from '#src/opened.js';
import { freePort, RedisServer } from '#src/redis-server.js';
import { TEST_CERTIFICATE } from '#src/test-certificate.js';
import { makeTemporaryFolder } from '#src/temporary-folder.js';
import { until } from '#src/until.js';

describe('Redis over TLS', function () {
  this.timeout(30_000);

  const opened = new Opened();
  afterEach(() => opened.close());

  async function startServer(): Promise<number> {
    const folder = makeTemporaryFolder(opened);
    const [cert, key] = [`${folder}/cert.pem`, `${folder}/key.pem`];
    writeFileSync(cert, TEST_CERTIFICATE.cert);
    writeFileSync(key, TEST_CERTIFICATE.key);
    const port = await freePort();
    const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert];
    await RedisServer.start(opened, '--tls-port', String(port), ...files, '--tls-auth-clients', 'no');
    return port;
  }

  function openCache(options: RedisStoreOptions): { cache: Cache; faults: string[] } {
    const cache = createCache({ name: 'app', store: redisStore(options), defaults: { ttl: '1h' } });
    opened.add(cache, () => cache.close({ timeout: '1s' }));
    const faults: string[] = [];
    cache.events.on('storeError', ({ error }) => void faults.push(String(error)));
    return { cache, faults };
  }

  it('is joined by caches that know who signed its certificate, and their invalidations reach each other', async () => {
    const url = `rediss://127.0.0.1:${await startServer()}`;
    const [one, other] = [1, 2].map(() => openCache({ url, tls: { ca: TEST_CERTIFICATE.cert } }).cache) as [
      Cache,
      Cache,
    ];
    await until(async () => {
      await one.set('k', 'over tls');
      return (await other.get('k')) === 'over tls';
    });
    await other.invalidate('k');
    await until(() => one.peek('k') === undefined);
    expect(await one.getOrLoad('k', () => 'new')).to.equal('new');
  });

  it('is not believed when nobody vouches for it: the cache goes on by itself, and says so', async () => {
    const { cache, faults } = openCache({ url: `rediss://127.0.0.1:${await startServer()}` });
    expect(await cache.getOrLoad('k', () => 'loaded')).to.equal('loaded');
    await until(() => faults.some((fault) => /self-signed certificate/.test(fault)));
    expect(cache.peek('k')).to.equal('loaded');
  });
});
