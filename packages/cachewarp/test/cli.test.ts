import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, request as ask, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { runCli } from '#src/cli.js';
import { EXIT } from '#src/exit-codes.js';
import { makeDirectory } from './support/make-directory.js';

const BIN = fileURLToPath(new URL('../bin/cachewarp.js', import.meta.url));

describe('the command line', () => {
  const directory = makeDirectory();
  const children: ChildProcess[] = [];
  const servers: Server[] = [];

  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
  after(() => directory.remove());

  /** Runs it in this process. */
  async function run(
    args: string[],
    env: Record<string, string> = {},
  ): Promise<{ code: number; out: string; err: string }> {
    const [out, err]: [string[], string[]] = [[], []];
    const code = await runCli(args, {
      env,
      directory: directory.path,
      print: (line) => void out.push(line),
      printError: (line) => void err.push(line),
    });
    return { code, out: out.join('\n'), err: err.join('\n') };
  }

  async function makeOrigin(): Promise<{ url: string; requests: string[]; server: Server }> {
    const requests: string[] = [];
    const server = createServer((request, response) => {
      requests.push(request.url!);
      response.setHeader('Surrogate-Key', 'demo').end(`answer ${requests.length}`);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, server };
  }

  /** Starts `cachewarp proxy` in a process of its own and waits until it listens. */
  async function startProxy(
    ...flags: string[]
  ): Promise<{ child: ChildProcess; url: string; admin: string; output: () => string }> {
    const child = spawn(
      process.execPath,
      [BIN, 'proxy', '--port', '0', '--host', '127.0.0.1', '--admin-port', '0', '--log', 'silent', ...flags],
      {
        cwd: directory.path,
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    children.push(child);
    let output = '';
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    child.stderr.on('data', (data: Buffer) => (output += data.toString()));
    while (!output.includes('admin API on')) {
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const url = /listens on (\S+)/.exec(output)![1]!;
    return { child, url, admin: /admin API on (\S+)/.exec(output)![1]!, output: () => output };
  }

  it('--help shows the commands, examples and exit codes; each command has its own help', async () => {
    const { code, out } = await run(['--help']);
    expect(code).to.equal(EXIT.ok);
    for (const word of ['proxy', 'purge', 'clear', 'explain', 'config', 'Examples:', 'Exit codes:'])
      expect(out).to.contain(word);
    const proxy = await run(['proxy', '--help']);
    expect(proxy.out).to.contain('--cache-ttl <time>').and.to.contain('30s is a good start');
  });

  it('--version prints the version', async () => {
    expect((await run(['--version'])).out).to.match(/^\d+\.\d+\.\d+$/);
  });

  const faulty: [string[], number, RegExp][] = [
    [['porxy'], EXIT.usage, /unknown command 'porxy'/],
    [['proxy', '--prot', '1'], EXIT.usage, /unknown option '--prot'/],
    [['proxy'], EXIT.usage, /^cachewarp: origin is missing: name the server to cache with --origin/],
    [
      ['proxy', '--origin', 'nonsense'],
      EXIT.usage,
      /^cachewarp: origin must be a URL.*got "nonsense" \(from --origin\)/,
    ],
    [['proxy', '--origin', 'http://x/path'], EXIT.usage, /^cachewarp: origin must be a server without a path/],
    [['proxy', '--origin', 'http://x', '--port', 'http'], EXIT.usage, /^cachewarp: port .*got "http" \(from --port\)/],
    [['purge'], EXIT.usage, /^cachewarp: name one of --key, --tag, --prefix or --all, got none/],
    [['purge', '--key', 'a', '--tag', 'b'], EXIT.usage, /got --key and --tag/],
    [['purge', '--all', '--admin', 'nowhere'], EXIT.usage, /must be a URL/],
    [['clear', '--admin', 'http://127.0.0.1:9'], EXIT.admin, /^cachewarp: no admin API at http:\/\/127\.0\.0\.1:9: /],
    [['config', '--config', 'absent.yaml'], EXIT.usage, /^cachewarp: cannot read the configuration absent\.yaml/],
  ];
  for (const [args, exitCode, message] of faulty) {
    it(`answers \`cachewarp ${args.join(' ')}\` with exit code ${exitCode} and a clear message`, async () => {
      const { code, err } = await run(args);
      expect(err).to.match(message);
      expect(code).to.equal(exitCode);
    });
  }

  it('config prints every value with its source, and no secret', async () => {
    const { out } = await run(['config', '--cache-ttl', '5m'], { CACHEWARP_ADMIN_TOKEN: 'top-secret', PORT: '1234' });
    expect(out).to.match(/policy\.defaultTtl +"5m" +\(--cache-ttl\)/);
    expect(out).to.match(/port +1234 +\(PORT\)/);
    expect(out).to.match(/admin\.token +"\(set\)"/);
    expect(out).to.not.contain('top-secret');
    const rows = JSON.parse((await run(['config', '--json'])).out) as { path: string }[];
    expect(rows.map(({ path }) => path)).to.include.members(['port', 'workers', 'admin.port']);
  });

  it('proxy caches, purge, explain and clear reach it, and SIGTERM ends it with 0', async () => {
    const origin = await makeOrigin();
    const proxy = await startProxy('--origin', origin.url, '--cache-ttl', '30s');
    const get = async (): Promise<string> => {
      const response = await fetch(`${proxy.url}/a`);
      return `${await response.text()} ${response.headers.get('x-cache')}`;
    };
    expect(await get()).to.equal('answer 1 MISS');
    expect(await get()).to.equal('answer 1 HIT');

    const dry = await run(['purge', '--tag', 'demo', '--dry-run', '--admin', proxy.admin]);
    expect(dry.out).to.equal('would purge tag demo (1 entry in memory)');
    expect(await get()).to.equal('answer 1 HIT');

    const explained = await run(['explain', `${proxy.url}/a`, '--admin', proxy.admin]);
    expect(explained.out)
      .to.match(/decision +hit/)
      .and.to.contain('RFC 9111');

    expect((await run(['purge', '--tag', 'demo', '--admin', proxy.admin])).out).to.equal(
      'purged tag demo (1 entry in memory)',
    );
    expect(await get()).to.equal('answer 2 MISS');
    expect((await run(['clear', '--admin', proxy.admin])).out).to.equal('purged everything (1 entry in memory)');
    expect(await get()).to.equal('answer 3 MISS');
    const { port } = new URL(proxy.admin);
    expect((await run(['proxy', '--clear-cache', '--admin-port', port])).out).to.match(/^purged everything/);
    expect(await get()).to.equal('answer 4 MISS');

    proxy.child.kill('SIGTERM');
    const [code] = (await once(proxy.child, 'exit')) as [number];
    expect(code).to.equal(EXIT.ok);
  });

  it('proxy --store disk keeps its answers over a restart, shares them between workers, and clear empties it with none running', async () => {
    const { url: origin, requests } = await makeOrigin();
    const disk = join(directory.path, 'on-disk');
    const flags = ['--origin', origin, '--cache-ttl', '1h', '--store', 'disk', '--disk-path', disk];
    // Under one name, whatever the port: it belongs to the key.
    const cacheWord = (url: string): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const asked = ask(`${url}/kept`, { headers: { Host: 'shop.test' } }, (answer) => {
          answer.resume().on('end', () => resolve(answer.headers['x-cache']));
        });
        asked.on('error', reject).end();
      });
    const end = async (child: ChildProcess): Promise<void> => {
      child.kill('SIGTERM');
      await once(child, 'exit');
    };

    const first = await startProxy(...flags);
    expect([await cacheWord(first.url), await cacheWord(first.url)]).to.deep.equal(['MISS', 'HIT']);
    await end(first.child);
    const second = await startProxy(...flags, '--workers', '2');
    expect([await cacheWord(second.url), await cacheWord(second.url), await cacheWord(second.url)]).to.deep.equal([
      'HIT',
      'HIT',
      'HIT',
    ]);
    await end(second.child);
    expect(requests).to.have.length(1);

    const { code, out } = await run(['clear', '--store', 'disk', '--disk-path', disk]);
    expect([code, out]).to.deep.equal([EXIT.ok, 'cleared the cache proxy on disk']);
    const third = await startProxy(...flags);
    expect(await cacheWord(third.url)).to.equal('MISS');
    expect(requests).to.have.length(2);
    await end(third.child);
  }).timeout(60_000);

  it('clear says that a cache on disk could not be cleared, and ends with 1', async () => {
    const file = join(directory.path, 'no-directory');
    writeFileSync(file, '');

    const { code, out, err } = await run(['clear', '--store', 'disk', '--disk-path', join(file, 'below')]);

    expect([code, out]).to.deep.equal([EXIT.failure, '']);
    expect(err).to.match(/^cachewarp: the cache proxy on disk could not be cleared: .*no-directory/);
    expect(err.split('\n')).to.have.length(1);
  });

  it('proxy --workers serves from several processes, and a purge reaches all of them', async () => {
    const origin = await makeOrigin();
    const proxy = await startProxy('--origin', origin.url, '--cache-ttl', '30s', '--workers', '2');
    // Each connection is dealt to the next worker, so both have filled their memory behind these.
    const get = async (): Promise<string | null> => {
      const response = await fetch(`${proxy.url}/a`, { headers: { connection: 'close' } });
      await response.text();
      return response.headers.get('x-cache');
    };
    const words = [await get(), await get(), await get(), await get()];
    expect(words.filter((word) => word === 'MISS')).to.have.length(2);
    expect(words.slice(2)).to.deep.equal(['HIT', 'HIT']);
    expect((await run(['clear', '--admin', proxy.admin])).code).to.equal(EXIT.ok);
    expect([await get(), await get()]).to.deep.equal(['MISS', 'MISS']);
    proxy.child.kill('SIGTERM');
    expect(await once(proxy.child, 'exit')).to.deep.equal([EXIT.ok, null]);
  }).timeout(60_000);

  for (const workers of [1, 2]) {
    it(`proxy reads its configuration again on SIGHUP, with ${workers} worker(s): whole, or not at all`, async () => {
      const origin = await makeOrigin();
      const other = await makeOrigin();
      const path = join(directory.path, `reload-${workers}.yaml`);
      const write = (text: string): void => writeFileSync(path, text);
      write(`origin: ${origin.url}\nrules:\n  - path: /kept\n    cache: { ttl: 30s }\n`);
      const proxy = await startProxy('--config', path, '--workers', String(workers));
      const get = async (target: string): Promise<string> => {
        const response = await fetch(proxy.url + target, { headers: { connection: 'close' } });
        return `${await response.text()} ${response.headers.get('x-cache')}`;
      };
      const hangUp = async (): Promise<string> => {
        const before = proxy.output().length;
        proxy.child.kill('SIGHUP');
        while (!/SIGHUP[^]*\n$/.test(proxy.output().slice(before)))
          await new Promise((resolve) => setTimeout(resolve, 10));
        return proxy.output().slice(before);
      };
      for (let turn = 0; turn < workers; turn++) await get('/kept');
      expect(await get('/kept')).to.match(/ HIT$/);

      write(`origin: ${origin.url}\nrules:\n  - path: /kept\n    cache: { ttl: soon }\nprot: 1\n`);
      const refused = await hangUp();
      expect(refused).to.match(/SIGHUP: the running configuration stays in force: the configuration has 2 faults/);
      expect(refused).to.contain('prot is not an option').and.to.contain('rules[0].cache.ttl');
      expect(await get('/kept')).to.match(/ HIT$/);

      write(`origin: ${other.url}\nport: 4444\nmemory: { maxBytes: 1mb }\n`);
      const good = await hangUp();
      expect(good).to.equal(
        'SIGHUP: the configuration was read again and is in force, but for memory: that needs a restart\n',
      );
      for (let turn = 0; turn < workers; turn++) expect(await get('/new')).to.match(/^answer \d+ MISS$/);
      expect(other.requests).to.have.length(workers);
      expect(origin.requests).to.have.length(workers);
    }).timeout(60_000);
  }

  it('proxy says in one line that a port is busy, and ends with 3', async () => {
    const origin = await makeOrigin();
    const { port } = origin.server.address() as AddressInfo;
    const { code, err } = await run(['proxy', '--origin', origin.url, '--port', String(port), '--host', '127.0.0.1']);
    expect(code).to.equal(EXIT.address);
    expect(err).to.match(/^cachewarp: .*in use/);
    expect(err.split('\n')).to.have.length(1);
  });
});
