import { rejects } from 'node:assert/strict';
import { expect } from 'chai';
import { RedisConfigError, setMaxMemoryPolicy } from '#src/connection/max-memory-policy.js';
import { RedisServer } from '../redis-server.js';

describe('setMaxMemoryPolicy', () => {
  let server: RedisServer | undefined;
  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });

  it('tells Redis what to drop when it is full', async () => {
    server = await RedisServer.start();
    await setMaxMemoryPolicy({ url: server.url }, 'allkeys-lfu');
    expect(await server.client.config('GET', 'maxmemory-policy')).to.deep.equal(['maxmemory-policy', 'allkeys-lfu']);
  });

  it('says so where Redis does not let us, or is not there', async () => {
    server = await RedisServer.start('--rename-command', 'CONFIG', '');
    const { url } = server;
    await rejects(setMaxMemoryPolicy({ url }, 'allkeys-lru'), (error: RedisConfigError) => {
      expect(error.word).to.equal('refused');
      expect(error.message).to.match(
        /^maxmemory-policy allkeys-lru was not applied: Redis does not let us set it: ERR unknown command/,
      );
      return true;
    });
    await rejects(setMaxMemoryPolicy({ url: 'redis://127.0.0.1:1' }, 'allkeys-lru'), (error: RedisConfigError) => {
      expect(error.word).to.equal('unreachable');
      return true;
    });
  });
});
