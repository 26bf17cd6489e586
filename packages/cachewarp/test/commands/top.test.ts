import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { EXIT } from '#src/exit-codes.js';
import { makeDirectory } from '../support/make-directory.js';
import { PseudoTerminal } from '../support/pseudo-terminal.js';

const BIN = fileURLToPath(new URL('../../bin/cachewarp.js', import.meta.url));

interface RunningProxy {
  readonly child: ChildProcess;
  readonly url: string;
  readonly admin: string;
}

describe('cachewarp top', function () {
  // Processes start, and figures come once a second.
  this.timeout(60_000);
  const directory = makeDirectory();
  const children: ChildProcess[] = [];
  const servers: Server[] = [];
  const terminals: PseudoTerminal[] = [];

  afterEach(async () => {
    for (const terminal of terminals.splice(0)) await terminal.close();
    for (const child of children.splice(0)) await end(child);
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
  after(() => directory.remove());

  async function end(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  async function makeOrigin(): Promise<string> {
    const server = createServer(({ url }, response) => {
      response.setHeader('Cache-Control', url === '/private' ? 'no-store' : 'max-age=600');
      response.setHeader('Surrogate-Key', 'demo').end('answer');
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async function startProxy(origin: string, port = '0', adminPort = '0'): Promise<RunningProxy> {
    const flags = ['--origin', origin, '--host', '127.0.0.1', '--port', port, '--admin-port', adminPort];
    const child = spawn(process.execPath, [BIN, 'proxy', '--log', 'silent', ...flags], {
      cwd: directory.path,
      env: { ...process.env, CACHEWARP_ADMIN_TOKEN: 'secret-of-the-test' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    let output = '';
    child.stdout.setEncoding('utf8');
    for await (const text of child.stdout as AsyncIterable<string>) {
      output += text;
      const url = /listens on (\S+)/.exec(output)?.[1];
      const admin = /admin API on (\S+)\n/.exec(output)?.[1];
      if (url !== undefined && admin !== undefined) return { child, url, admin };
    }
    throw new Error(`the proxy ended: ${output}`);
  }

  /** The words of `X-Cache`, one for each request. */
  async function get(proxy: RunningProxy, ...paths: string[]): Promise<(string | null)[]> {
    const words: (string | null)[] = [];
    for (const path of paths) {
      const response = await fetch(proxy.url + path, { headers: { connection: 'close' } });
      await response.text();
      words.push(response.headers.get('x-cache'));
    }
    return words;
  }

  function openTop(
    { admin }: Pick<RunningProxy, 'admin'>,
    options: { columns?: number; rows?: number; env?: Readonly<Record<string, string>>; node?: string } = {},
  ): PseudoTerminal {
    const { columns = 120, rows = 30, env = {}, node = '' } = options;
    const terminal = new PseudoTerminal(`${process.execPath} ${node} ${BIN} top --admin ${admin}`, {
      columns,
      rows,
      directory: directory.path,
      // The token is that of the configuration.
      env: { CACHEWARP_ADMIN_TOKEN: 'secret-of-the-test', ...env },
    });
    terminals.push(terminal);
    return terminal;
  }

  it('shows true numbers, filters, explains, purges what was confirmed, and gives the terminal back', async () => {
    const proxy = await startProxy(await makeOrigin());
    const terminal = openTop(proxy);
    await terminal.shows(/in flight/);
    expect([terminal.screen.isAlternate, terminal.screen.isCursorShown]).to.deep.equal([true, false]);

    // 10 requests: 3 + 1 misses, 5 hits, 1 miss that may not be kept.
    await get(proxy, '/a/1', '/a/2', '/b', '/a/1', '/a/1', '/a/2', '/a/1', '/b', '/private', '/private');
    await terminal.shows(/^› default .* 10$/m);
    const stats = (await (await fetch(`${proxy.admin}/stats`)).json()) as Record<string, number>;
    expect(stats).to.include({ hits: 5, misses: 5 });
    expect(terminal.screen.text).to.match(/Hit ratio 50% of \d+ s/);
    expect(terminal.screen.text).to.match(/B of 64 MB +3 entries/);

    terminal.press('2');
    await terminal.shows(/^. \/a\/1 +4 +1 +75%.*fresh.*demo/m);
    await terminal.shows(/^. \/private +2 +2 +0%.*–/m);
    terminal.press('//a/2\r');
    await terminal.shows(/filter: \/a\/2/);
    expect(terminal.screen.text)
      .to.match(/^› \/a\/2 +2 +1 +50%/m)
      .and.not.match(/^. \/a\/1 /m);

    terminal.press('e');
    await terminal.shows(/A request now: hit/);
    expect(terminal.screen.text).to.contain('RFC 9111');
    terminal.press('\x1B');
    await terminal.shows(/^› \/a\/2/m);

    terminal.press('p');
    await terminal.shows(/would drop 1 entry in memory:\n +GET:http:\S+\/a\/2/);
    expect(await get(proxy, '/a/2')).to.deep.equal(['HIT']);
    terminal.press('y');
    await terminal.shows(/purged key GET:http:\S+\/a\/2: 1 entry in memory/);
    expect(await get(proxy, '/a/2', '/a/1')).to.deep.equal(['MISS', 'HIT']);

    terminal.press('3');
    await terminal.shows(/^› 127\.0\.0\.1:\d+ .* ok .* 6$/m);
    terminal.press('4');
    await terminal.shows(/^. no-store +2 /m);
    await terminal.shows(/^. invalidated +1 /m);
    terminal.press('5');
    await terminal.shows(/^. \/a\/2 +miss +invalidated +200/m);
    await terminal.shows(/purged key:GET:http:\S+\/a\/2 by admin API/);

    terminal.resize(40, 16);
    await terminal.shows(/^ 1 {3}2 {3}3 {3}4 {3}5 Tail/m);
    expect(terminal.screen.lines).to.have.length(16);
    expect(terminal.screen.lines.every((line) => line.length === 40)).to.equal(true);

    terminal.press('q');
    expect(await terminal.ended).to.equal(EXIT.ok);
    expect([terminal.screen.isAlternate, terminal.screen.isCursorShown]).to.deep.equal([false, true]);
    expect(terminal.isRestored).to.equal(true);
    expect(terminal.screen.written).to.match(/\x1B\[\?1049lback in the shell\r\n$/);
  });

  it('says that the connection ended, comes again by itself, and says that the server was restarted', async () => {
    const origin = await makeOrigin();
    const proxy = await startProxy(origin);
    const terminal = openTop(proxy);
    await get(proxy, '/a', '/a');
    await terminal.shows(/^› default .* 2$/m);
    await end(proxy.child);
    await terminal.shows(/^Not connected, .*What is shown is from before/m);
    expect(terminal.screen.text).to.match(/^› default .* 2$/m);

    const again = await startProxy(origin, new URL(proxy.url).port, new URL(proxy.admin).port);
    await terminal.shows(/the server was restarted/);
    await get(again, '/a', '/a', '/a');
    await terminal.shows(/^› default .* 3$/m);
    expect(terminal.screen.text).to.not.contain('Not connected');
  });

  it('gives the terminal back when a signal ends it, and when an error does that nobody caught', async () => {
    const proxy = await startProxy(await makeOrigin());
    const ended = openTop(proxy);
    await ended.shows(/in flight|ready/);
    process.kill(ended.pid, 'SIGTERM');
    expect(await ended.ended).to.equal(128 + 15);
    expect([ended.screen.isAlternate, ended.isRestored]).to.deep.equal([false, true]);

    const faulty = "data:text/javascript,process.on('SIGUSR2',()=>{throw(new(Error)('boom'))})";
    const failed = openTop(proxy, { node: `--import "${faulty}"`.replaceAll("'", `'"'"'`) });
    await failed.shows(/in flight|ready/);
    process.kill(failed.pid, 'SIGUSR2');
    expect(await failed.ended).to.equal(1);
    expect([failed.screen.isAlternate, failed.screen.isCursorShown, failed.isRestored]).to.deep.equal([
      false,
      true,
      true,
    ]);
    expect(failed.screen.written).to.contain('boom');
  });

  it('has colours on a terminal, and none with NO_COLOR', async () => {
    const proxy = await startProxy(await makeOrigin());
    const colours = /\x1B\[[1-9][0-9;]*m/;
    const colourful = openTop(proxy);
    await colourful.shows(/ready/);
    expect(colourful.screen.written).to.match(colours);
    await colourful.close();
    const plain = openTop(proxy, { env: { NO_COLOR: '1' } });
    await plain.shows(/ready/);
    plain.press('q');
    await plain.ended;
    expect(plain.screen.written).to.not.match(colours);
  });

  describe('without a terminal', () => {
    const run = (...args: string[]): { code: number | null; out: string; err: string } => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, 'top', ...args], {
        cwd: directory.path,
        env: { ...process.env, CACHEWARP_ADMIN_TOKEN: 'secret-of-the-test', LC_ALL: 'C' },
        encoding: 'utf8',
      });
      return { code: status, out: stdout, err: stderr };
    };

    it('prints what is known once, as text or as JSON', async () => {
      const proxy = await startProxy(await makeOrigin());
      await get(proxy, '/a/1', '/a/2', '/a/1', '/a/1');
      const json = run('--once', '--json', '--admin', proxy.admin);
      expect(json.code).to.equal(EXIT.ok);
      const snapshot = JSON.parse(json.out) as Record<string, unknown>;
      expect(snapshot).to.deep.include({ cache: 'proxy', keysInMemory: 2, missReasons: { cold: 2 }, store: null });
      expect(snapshot['requests']).to.include({ hit: 2, miss: 2, error: 0 });
      expect(snapshot['hitRatio']).to.deep.include({ sinceStart: 0.5 });
      expect((snapshot['keys'] as object[])[0]).to.include({ requests: 3, misses: 1, freshness: 'fresh' });

      const text = run('--admin', proxy.admin);
      expect(text.code).to.equal(EXIT.ok);
      expect(text.out)
        .to.match(/^ {2}default .* 4$/m)
        .and.to.match(/^ {2}\/a\/1 +3 +1 +66\.7%/m);
      // oxlint-disable-next-line no-control-regex -- none of them but line ends
      expect(text.out).to.not.match(/[^\n -~]/);
    });

    it('says in one line that no admin API answers, or that it refuses, with exit code 4', async () => {
      const { code, out, err } = run('--admin', 'http://127.0.0.1:1');
      expect([code, out]).to.deep.equal([EXIT.admin, '']);
      expect(err).to.match(/^cachewarp: no admin API at http:\/\/127\.0\.0\.1:1: [^\n]+\n$/);

      const stranger = createServer((_, response) => void response.writeHead(403).end());
      servers.push(stranger);
      await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
      const url = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`;
      const child = spawn(process.execPath, [BIN, 'top', '--once', '--admin', url], { cwd: directory.path });
      children.push(child);
      let told = '';
      child.stderr.setEncoding('utf8').on('data', (part: string) => (told += part));
      const [status] = (await once(child, 'close')) as [number];
      expect(status).to.equal(EXIT.admin);
      expect(told).to.equal(`cachewarp: the admin API at ${url} refused (403): no reason given\n`);
    });
  });
});
