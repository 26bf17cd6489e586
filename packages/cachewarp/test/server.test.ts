import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { runCli } from '#src/cli.js';
import { EXIT } from '#src/exit-codes.js';
import { makeDirectory } from './support/make-directory.js';

const BIN = fileURLToPath(new URL('../bin/cachewarp.js', import.meta.url));

describe('cachewarp server', () => {
  const children: ChildProcess[] = [];
  const servers: Server[] = [];
  const directories: { remove(): void }[] = [];

  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
    for (const directory of directories.splice(0)) directory.remove();
  });

  /** Runs it in this process, for what ends at once. */
  async function run(
    args: string[],
    given: { env?: Record<string, string>; files?: Record<string, string> } = {},
  ): Promise<{ code: number; out: string; err: string }> {
    const directory = makeDirectory(given.files);
    directories.push(directory);
    const [out, err]: [string[], string[]] = [[], []];
    const code = await runCli(['server', ...args], {
      env: given.env ?? {},
      directory: directory.path,
      print: (line) => void out.push(line),
      printError: (line) => void err.push(line),
    });
    return { code, out: out.join('\n'), err: err.join('\n') };
  }

  /** Starts it in a process of its own and waits until it listens. */
  async function start(
    args: string[],
    given: { env?: Record<string, string>; files?: Record<string, string> } = {},
  ): Promise<{ child: ChildProcess; url: string; output: () => string }> {
    const directory = makeDirectory(given.files);
    directories.push(directory);
    const env = { PATH: process.env['PATH'], ...given.env };
    const child = spawn(process.execPath, [BIN, 'server', ...args], {
      cwd: directory.path,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    let output = '';
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    child.stderr.on('data', (data: Buffer) => (output += data.toString()));
    const wanted = args.includes('--admin-port') ? 'admin API on' : 'listens on';
    while (!output.includes(wanted)) {
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return { child, url: /listens on (\S+)/.exec(output)![1]!, output: () => output };
  }

  const stats = async (url: string): Promise<any> => (await fetch(`${url}/stats`)).json();
  const put = (url: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${url}/cache/a`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', ...headers },
      body: '{"value":1}',
    });

  it('serves, knows the variables of older set-ups, and SIGTERM ends it with 0', async () => {
    const { child, url } = await start(['--memory', '16mb'], {
      env: { PORT: '0', DEFAULT_TTL: '77', MAX_MEMORY_POLICY: 'volatile-lru' },
    });
    expect((await put(url)).status).to.equal(201);
    const got = await fetch(`${url}/cache/a`);
    expect(await got.json()).to.deep.equal({ key: 'a', value: 1, ttl: 77, tags: [] });
    expect((await stats(url)).memory).to.deep.equal({ policy: 'lru', maxBytes: 16 * 1024 ** 2, maxEntries: null });
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).to.deep.equal([EXIT.ok, null]);
  });

  it('reads the section server of a file, tokens with namespaces among it', async () => {
    const { url } = await start(['--port', '0'], {
      env: { CACHEWARP_TOKEN: 'the-token-of-the-whole' },
      files: {
        'cachewarp.config.yaml':
          'origin: http://localhost:9\nserver:\n  defaultTtl: 2m\n  limits:\n    keyBytes: 10\n  tokens:\n    - token: the-token-of-team-a\n      namespace: team-a\n',
      },
    });
    expect((await put(url)).status).to.equal(401);
    expect((await put(url, { authorization: 'Bearer the-token-of-team-a' })).status).to.equal(201);
    const whole = { headers: { authorization: 'Bearer the-token-of-the-whole' } };
    expect(await (await fetch(`${url}/cache/team-a:a`, whole)).json()).to.deep.include({ value: 1, ttl: 120 });
    expect((await fetch(`${url}/cache/12345678901`, whole)).status).to.equal(414);
  });

  it('noeviction refuses what is new when memory is full', async () => {
    const { url } = await start(['--port', '0', '--memory', '64kb', '--max-memory-policy', 'noeviction']);
    const statuses: number[] = [];
    for (let at = 0; at < 5; at++) {
      statuses.push(
        (
          await fetch(`${url}/cache/k${at}`, {
            method: 'PUT',
            headers: { 'content-type': 'a/b' },
            body: 'x'.repeat(14_000),
          })
        ).status,
      );
    }
    expect(statuses.slice(0, 3)).to.deep.equal([201, 201, 201]);
    expect(statuses.slice(-1)).to.deep.equal([507]);
    expect((await stats(url)).evictions.room).to.equal(0);
  });

  it('offers the admin API over the same cache where a port is given, and purge reaches it', async () => {
    const { url, output } = await start(['--port', '0', '--admin-port', '0']);
    const admin = /admin API on (\S+)/.exec(output())![1]!;
    await put(url);
    const keys = (await (await fetch(`${admin}/keys`)).json()) as { total: number };
    expect(keys.total).to.equal(1);
    const directory = makeDirectory();
    directories.push(directory);
    const context = { env: {}, directory: directory.path, print: () => undefined, printError: () => undefined };
    expect(await runCli(['purge', '--key', 'a', '--admin', admin], context)).to.equal(EXIT.ok);
    expect((await fetch(`${url}/cache/a`)).status).to.equal(404);
  });

  const faulty: [string[], Record<string, string>, number, RegExp][] = [
    [['--port', 'http'], {}, EXIT.usage, /port must be a whole number from 0 to 65535, got "http" \(from --port\)/],
    [['--host', '0.0.0.0'], {}, EXIT.usage, /host must be a loopback address unless tokens are set, got "0\.0\.0\.0"/],
    [['--default-ttl', '-5'], {}, EXIT.usage, /defaultTtl must be a duration above 0.*got -5/],
    [['--eviction', 'mru'], {}, EXIT.usage, /memory\.policy must be one of .*got "mru"/],
    [
      [],
      { MAX_MEMORY_POLICY: 'allkeys-mru' },
      EXIT.usage,
      /maxMemoryPolicy must be one of allkeys-lru, .*got "allkeys-mru" \(from MAX_MEMORY_POLICY\)/,
    ],
    [['--store', 'paper'], {}, EXIT.usage, /store must be one of memory, redis, disk, got "paper" \(from --store\)/],
    [['--write-policy', 'write-never'], {}, EXIT.usage, /writePolicy must be one of .*got "write-never"/],
    [[], { CACHEWARP_TOKEN: 'short' }, EXIT.usage, /tokens\[0\]\.token must be 16 to 512 .*got "5 characters"/],
    [['--origin', 'http://x'], {}, EXIT.usage, /unknown option '--origin'/],
  ];
  for (const [args, env, exitCode, message] of faulty) {
    it(`answers ${[...Object.entries(env).map(([name, value]) => `${name}=${value}`), ...args].join(' ')} with exit code ${exitCode} and a clear message`, async () => {
      const { code, err } = await run(args, { env });
      expect(err).to.match(message);
      expect(code).to.equal(exitCode);
    });
  }

  it('says in one line that a port is busy, and ends with 3', async () => {
    const server = createServer();
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { code, err } = await run(['--port', String(port)]);
    expect(code).to.equal(EXIT.address);
    expect(err).to.equal(`cachewarp: port ${port} is in use: take another with --port`);
  });
});
