import { rejects } from 'node:assert/strict';
import { expect } from 'chai';
import { loadConfig, type LoadedConfig } from '#src/config/load-config.js';
import { checkConfig } from '#src/commands/proxy.js';
import { CommandError } from '#src/exit-codes.js';
import { makeDirectory } from '../support/make-directory.js';

/** Loads a configuration from flags, environment and files. */
async function load(given: {
  flags?: Record<string, string>;
  env?: Record<string, string>;
  files?: Record<string, string>;
  file?: string;
}): Promise<LoadedConfig> {
  const directory = makeDirectory(given.files);
  try {
    const { flags = {}, env = {}, file } = given;
    return await loadConfig({ flags, env, file, directory: directory.path }, checkConfig);
  } finally {
    directory.remove();
  }
}

describe('loadConfig', () => {
  it('lays flags over environment over .env over file over defaults, and knows where each value came from', async () => {
    const { config, sources } = await load({
      flags: { port: '4001' },
      env: { CACHEWARP_PORT: '4002', CACHEWARP_HOST: '127.0.0.1' },
      files: {
        '.env': 'CACHEWARP_HOST=10.0.0.1\nCACHE_DEFAULT_TTL=60\n',
        'cachewarp.config.yaml':
          'port: 4003\norigin: http://localhost:9\npolicy:\n  defaultTtl: 5m\n  staleIfError: 1h\n',
      },
    });
    expect(config).to.deep.include({ port: 4001, host: '127.0.0.1', origin: 'http://localhost:9', workers: 1 });
    expect(config.policy).to.deep.equal({ defaultTtl: 60, staleIfError: '1h' });
    expect(Object.fromEntries(sources)).to.deep.include({
      port: '--port',
      host: 'CACHEWARP_HOST',
      origin: 'cachewarp.config.yaml',
      'policy.defaultTtl': 'CACHE_DEFAULT_TTL',
      'policy.staleIfError': 'cachewarp.config.yaml',
      workers: 'default',
    });
  });

  it('keeps the fast lane unless it is told otherwise', async () => {
    const fastLaneOf = async (env: Record<string, string>): Promise<boolean> =>
      (await load({ env: { ORIGIN_URL: 'http://localhost:9', ...env } })).config.fastLane;
    expect(await fastLaneOf({})).to.equal(true);
    expect(await fastLaneOf({ CACHEWARP_FAST_LANE: 'false' })).to.equal(false);
    const refused = fastLaneOf({ CACHEWARP_FAST_LANE: 'no' });
    await rejects(refused, /fastLane must be true or false, got "no" \(from CACHEWARP_FAST_LANE\)/);
  });

  it('knows the names of older set-ups', async () => {
    const { config, sources } = await load({
      env: {
        ORIGIN_URL: 'http://localhost:9',
        DEFAULT_TTL: '15',
        PORT: '5000',
        REDIS_URL: 'redis://localhost',
        REDIS_DB: '1',
      },
    });
    expect(config).to.deep.include({ origin: 'http://localhost:9', port: 5000 });
    expect(config.policy).to.deep.equal({ defaultTtl: 15 });
    expect(config).to.deep.include({ store: 'redis', redis: { url: 'redis://localhost', db: 1 } });
    expect(sources.get('store')).to.equal('REDIS_URL');
    const { config: named } = await load({ env: { REDIS_HOST: 'cache.internal' } });
    expect(named).to.deep.include({ store: 'redis', redis: { host: 'cache.internal' } });
    const { config: kept } = await load({ env: { REDIS_URL: 'redis://localhost' }, flags: { store: 'memory' } });
    expect(kept.store).to.equal('memory');
  });

  it('reads JSON and modules, with functions in their rules', async () => {
    const json = await load({ files: { 'cachewarp.config.json': '{ "port": 4004 }' } });
    expect(json.config.port).to.equal(4004);
    const module = await load({
      files: { 'cachewarp.config.mjs': 'export default { policy: { tags: () => ["all"] } };' },
    });
    expect(module.config.policy['tags']).to.be.a('function');
  });

  it('takes several origins from one flag', async () => {
    const { config } = await load({ flags: { origin: 'http://localhost:1, http://localhost:2' } });
    expect(config.origin).to.deep.equal(['http://localhost:1', 'http://localhost:2']);
  });

  it('lists every fault with its path, its value and where it came from', async () => {
    const faulty = load({
      flags: { workers: 'many' },
      env: { CACHEWARP_PORT: '70000' },
      files: {
        'cachewarp.config.yaml': 'log: loud\nprot: 3000\nadmin:\n  prot: 1\nstore: tape\nlimits:\n  targetLength: 0\n',
      },
    });
    await rejects(faulty, (error: Error) => {
      expect(error).to.be.instanceOf(CommandError);
      for (const part of [
        'faults',
        /workers must be a whole number from 1 to 1024, got "many" \(from --workers\)/,
        /port must be a whole number from 0 to 65535, got 70000 \(from CACHEWARP_PORT\)/,
        /log must be one of silent, error, warn, info, debug, got "loud" \(from cachewarp\.config\.yaml\)/,
        'prot is not an option',
        /limits\.targetLength .*got 0/,
        /store must be one of memory, redis, disk, got "tape"/,
      ]) {
        if (typeof part === 'string') expect(error.message).to.contain(part);
        else expect(error.message).to.match(part);
      }
      return true;
    });
  });

  it('lists what the proxy finds in depth in the same way', async () => {
    const faulty = load({
      flags: { 'cache-ttl': '-5', origin: 'ftp://localhost' },
      files: { 'cachewarp.config.yaml': 'limits:\n  targetLength: 0\nupstream:\n  retries: 9\nrules:\n  - pth: /x\n' },
    });
    await rejects(faulty, (error: Error) => {
      expect(error.message).to.match(/origin must be a URL.*got "ftp:\/\/localhost" \(from --origin\)/);
      expect(error.message).to.match(/defaultTtl must be a duration above 0.*got -5 \(from --cache-ttl\)/);
      expect(error.message).to.match(/limits\.targetLength .*got 0/);
      expect(error.message).to.match(/upstream\.retries .*got 9/);
      expect(error.message).to.match(/rules\[0\]\.pth is not an option/);
      return true;
    });
  });

  const unreadable: [string, string, RegExp][] = [
    ['cachewarp.config.yaml', 'port: [1', /cannot read the configuration cachewarp\.config\.yaml: .*line 1/],
    ['cachewarp.config.json', '[1]', /cachewarp\.config\.json: it must hold an object/],
    ['cachewarp.config.mjs', 'export const port = 1;', /cachewarp\.config\.mjs: it has no default export/],
    ['cachewarp.config.mjs', 'throw new Error("broken")', /cachewarp\.config\.mjs: broken/],
  ];
  for (const [name, content, message] of unreadable) {
    it(`says in one line that ${name} with ${content} cannot be read`, async () => {
      await rejects(load({ files: { [name]: content } }), (error: Error) => {
        expect(error.message).to.match(message);
        expect(error.message.split('\n')).to.have.length(1);
        return true;
      });
    });
  }

  it('says that a file that was named is missing', async () => {
    await rejects(load({ file: 'other.yaml' }), /cannot read the configuration other\.yaml: there is no such file/);
  });
});
