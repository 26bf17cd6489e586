import { spawn, type ChildProcess } from 'node:child_process';
import { Agent } from 'node:http';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { ProxyOptions } from '#src/proxy/proxy-options.js';
import { ask, until } from '../support/clients.js';
import { httpOrigin, Opened } from '../support/origins.js';

const MAIN = fileURLToPath(new URL('../support/worker-main.js', import.meta.url));

/** What the program said, line by line. */
interface Program {
  readonly child: ChildProcess;
  readonly said: Record<string, unknown>[];
  readonly exited: Promise<number | null>;
}

interface Started {
  url: string;
  port: number;
  adminUrl: string;
  pids: number[];
}

describe('workers', function () {
  this.timeout(60_000);
  const opened = new Opened();
  afterEach(() => opened.close());

  function run(options: Partial<ProxyOptions>, count: number | string): Program {
    const given = JSON.stringify({ port: 0, host: '127.0.0.1', ...options });
    const child = spawn(process.execPath, [MAIN, given, String(count)], { stdio: ['ignore', 'pipe', 'pipe'] });
    const said: Record<string, unknown>[] = [];
    let text = '';
    child.stdout!.on('data', (data) => {
      const lines = (text + String(data)).split('\n');
      text = lines.pop()!;
      for (const line of lines) said.push(JSON.parse(line) as Record<string, unknown>);
    });
    const exited = new Promise<number | null>((resolve) => child.on('exit', resolve));
    opened.add(async () => {
      child.kill('SIGKILL');
      await exited;
    });
    return { child, said, exited };
  }

  async function start(options: Partial<ProxyOptions>, count: number): Promise<Program & Started> {
    const program = run(options, count);
    await until(() => program.said.some((line) => 'url' in line || 'code' in line));
    const line = program.said.find((one) => 'url' in one);
    expect(line, JSON.stringify(program.said)).to.not.equal(undefined);
    return Object.assign(program, line as unknown as Started);
  }

  /** Asks on new connections until both workers have it: the primary hands connections out in turn. */
  async function warm(url: string, times = 8): Promise<void> {
    for (let round = 0; round < times; round++) await ask(url);
  }

  it('serve one port together, and answer purges, metrics and all as one', async () => {
    const origin = await httpOrigin(opened, (_, response) => {
      response.setHeader('cache-control', 'max-age=60').end(String(origin.requests.length));
    });
    const program = await start({ origin: origin.url, admin: { port: 0 } }, 2);
    expect(new Set(program.pids).size).to.equal(2);
    const url = `${program.url}/a`;
    await warm(url);
    // Each has filled its own memory.
    expect(origin.requests).to.have.length(2);

    const purged = await ask(`${program.adminUrl}/invalidate`, {
      method: 'POST',
      body: JSON.stringify({ key: `GET:${url}` }),
      headers: { 'content-type': 'application/json' },
    });
    expect(purged.status).to.equal(200);
    // Whichever worker took the purge: from now on neither serves what was before.
    const bodies = new Set<string>();
    for (let round = 0; round < 8; round++) bodies.add((await ask(url)).body);
    expect([...bodies].sort()).to.deep.equal(['3', '4']);

    const metrics = await ask(`${program.adminUrl}/metrics`);
    const hits = Number(
      /^cachewarp_requests_total\{cache="proxy",route="default",status="hit"\} (\d+)$/m.exec(metrics.body)![1],
    );
    const misses = Number(
      /^cachewarp_requests_total\{cache="proxy",route="default",status="miss"\} (\d+)$/m.exec(metrics.body)![1],
    );
    expect([hits + misses, misses]).to.deep.equal([16, 4]);
    expect(metrics.body).to.include('cachewarp_requests_total{cache="proxy",route="default",status="hit"} 12');
  });

  it('look like one to the admin API: keys, rankings, statistics, the audit and what happens are those of all', async () => {
    const origin = await httpOrigin(opened, (_, response) => {
      response.setHeader('cache-control', 'max-age=60').end('a');
    });
    const program = await start({ origin: origin.url, admin: { port: 0 } }, 2);
    const url = `${program.url}/a`;
    const key = `GET:${url}`;
    const answer = async <T extends object>(path: string): Promise<T> =>
      JSON.parse((await ask(`${program.adminUrl}${path}`)).body) as T;
    const events = await fetch(`${program.adminUrl}/events`);
    const reader = events.body!.pipeThrough(new TextDecoderStream()).getReader();
    let heard = '';
    while (!heard.includes('event: frame')) heard += (await reader.read()).value;
    await warm(url);

    // Each worker answers every other request, whichever asks the admin API.
    expect(await answer('/keys')).to.deep.include({ total: 2, cursor: null });
    expect((await answer<{ keys: object[] }>('/keys')).keys).to.have.length(1);
    expect(await answer(`/keys/${key}`)).to.include({ key, heldBy: 2, tier: 'memory' });
    const { misses } = await answer<{ misses: object[] }>('/top');
    expect(misses).to.have.length(1);
    expect(misses[0]).to.include({ key, requests: 8, misses: 2 });
    expect(await answer('/metrics/cache')).to.include({ hits: 6, misses: 2, hit_ratio: 0.75 });
    const order = { method: 'POST', body: JSON.stringify({ key, dryRun: true }) };
    const preview = JSON.parse((await ask(`${program.adminUrl}/invalidate`, order)).body) as object;
    expect(preview).to.deep.include({ entries: 2, keys: [key] });
    await ask(`${program.adminUrl}/invalidate`, { ...order, body: JSON.stringify({ key, reason: 'a test' }) });
    for (let round = 0; round < 2; round++) {
      const { invalidations } = await answer<{ invalidations: object[] }>('/audit');
      expect(invalidations).to.have.length(1);
      expect(invalidations[0]).to.include({ entries: 2, by: 'admin API', reason: 'a test' });
    }
    // What happened in either worker comes to whoever listens to one of them.
    while ((heard.match(/"word":"hit"/g) ?? []).length < 6) heard += (await reader.read()).value;
    expect(heard.match(/"word":"miss"/g)).to.have.length(2);
    expect(heard).to.include('"cachewarp_requests_total{cache=\\"proxy\\",route=\\"default\\",status=\\"hit\\"}":6');
    await reader.cancel();
  });

  it('hear of what a request changed in another worker', async () => {
    let version = 1;
    const origin = await httpOrigin(opened, (request, response) => {
      if (request.method === 'POST') version++;
      response.setHeader('cache-control', 'max-age=60').end(`v${version}`);
    });
    const program = await start({ origin: origin.url }, 2);
    await warm(program.url);
    await ask(program.url, { method: 'POST', body: 'x' });
    for (let round = 0; round < 6; round++) expect((await ask(program.url)).body).to.equal('v2');
  });

  it('are replaced when they crash, and the others go on', async () => {
    const origin = await httpOrigin(opened, (_, response) => response.end('ok'));
    const program = await start({ origin: origin.url, admin: { port: 0 } }, 2);
    const [victim] = program.pids;
    process.kill(victim!, 'SIGKILL');
    for (let round = 0; round < 4; round++) expect((await ask(program.url)).body).to.equal('ok');
    await until(() => program.said.filter((line) => 'worker' in line).length === 3);
    const successor = program.said.findLast((line) => 'worker' in line)!['worker'];
    expect(program.pids).to.not.include(successor);
    // A purge waits for nobody who is gone.
    const purged = await ask(`${program.adminUrl}/invalidate`, {
      method: 'POST',
      body: JSON.stringify({ all: true }),
      headers: { 'content-type': 'application/json' },
    });
    expect(purged.status).to.equal(200);
  });

  it('drain together: what was asked is answered, then all processes end', async () => {
    let finish: () => void = () => undefined;
    const origin = await httpOrigin(opened, (_, response) => void (finish = () => response.end('whole')));
    const program = await start({ origin: origin.url }, 2);
    const agent = new Agent({ keepAlive: true });
    opened.add(() => agent.destroy());
    const running = ask(program.url, { agent });
    await until(() => origin.requests.length === 1);
    program.child.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 100));
    finish();
    expect((await running).body).to.equal('whole');
    expect(await program.exited).to.equal(0);
    for (const pid of program.pids) expect(() => process.kill(pid, 0)).to.throw('ESRCH');
  });

  it('say once what keeps them from serving', async () => {
    const origin = await httpOrigin(opened, (_, response) => response.end());
    const program = run({ origin: origin.url, port: origin.port }, 2);
    expect(await program.exited).to.equal(1);
    expect(program.said.filter((line) => 'code' in line)).to.deep.equal([
      {
        code: 'ERR_CACHEWARP_PORT_IN_USE',
        message: `127.0.0.1:${origin.port} is in use: choose another port, or stop what listens there`,
      },
    ]);
  });

  it('are not begun with options that cannot be', async () => {
    const wrong = run({ origin: 'localhost' }, 2);
    expect(await wrong.exited).to.equal(1);
    expect(wrong.said).to.have.length(1);
    expect(wrong.said[0]!['code']).to.equal('ERR_CACHEWARP_INVALID_OPTION');
    const none = run({ origin: 'http://127.0.0.1:1' }, 0);
    expect(await none.exited).to.equal(1);
    expect(none.said[0]!['message']).to.equal('workers must be a whole number from 1 to 1024, got 0');
  });
});
