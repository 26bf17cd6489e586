import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { runCli } from '#src/cli.js';
import { checkConfig } from '#src/commands/proxy.js';
import { loadConfig } from '#src/config/load-config.js';
import { EXIT } from '#src/exit-codes.js';
import type { SimulationReport } from '#src/simulate/simulation-report.js';
import { makeDirectory } from '../support/make-directory.js';

const BIN = fileURLToPath(new URL('../../bin/cachewarp.js', import.meta.url));

/** A site: a page that changes, assets that never do, searches that nobody repeats, and a parameter that means nothing. */
function siteLog(): string {
  const lines: string[] = [];
  for (let second = 0; second < 6_000; second++) {
    const at = new Date(Date.UTC(2026, 0, 5, 8) + second * 1000).toISOString();
    const add = (target: string, bytes: number, method = 'GET', status = 200): void => {
      lines.push(JSON.stringify({ time: at, method, uri: target, status, bytes, duration: 0.1 }));
    };
    add('/news', 5_000 + Math.floor(second / 30));
    add(`/assets/app-${'abcdefgh'[second % 8]!}.css`, 40_000 + (second % 8));
    if (second % 2 === 0) add(`/search?q=word-${second}`, 700 + second);
    if (second % 2 === 1) add(`/topic/${second % 50}?utm_source=${second}`, 3_000 + (second % 50));
    if (second % 100 === 0) add('/comments', 20, 'POST', 201);
  }
  return lines.join('\n');
}

describe('cachewarp simulate', () => {
  const directory = makeDirectory({ 'site.log': siteLog() });
  after(() => directory.remove());

  async function run(args: string[], input?: Readable): Promise<{ code: number; out: string; err: string }> {
    const [out, err]: [string[], string[]] = [[], []];
    const code = await runCli(['simulate', ...args], {
      env: {},
      directory: directory.path,
      print: (line) => void out.push(line),
      printError: (line) => void err.push(line),
      ...(input !== undefined && { input }),
    });
    return { code, out: out.join('\n'), err: err.join('\n') };
  }

  async function report(...args: string[]): Promise<SimulationReport> {
    const { code, out, err } = await run([...args, '--json']);
    expect(err).to.equal('');
    expect(code).to.equal(EXIT.ok);
    return JSON.parse(out) as SimulationReport;
  }

  it('answers hits by requests and bytes, the origin, the ceiling, and routes', async () => {
    const { results, log, routes } = await report('site.log', '--ttl', '60');
    expect(log).to.include({ requests: 18_060, malformed: 0, firstAt: Date.UTC(2026, 0, 5, 8), peakPerSecond: 4 });
    const [main] = results;
    // 6,000 seconds are 100 lifetimes of the page, and 94 to 100 of each of eight assets; nothing else is ever asked for twice.
    expect(main!.originRequests).to.be.within(100 + 8 * 94 + 6_060, 100 + 8 * 100 + 6_060);
    expect(main!.hitRatio).to.be.closeTo((18_060 - main!.originRequests) / 18_060, 1e-9);
    expect(main!.byteHitRatio).to.be.above(main!.hitRatio);
    expect(main!.ceiling).to.be.closeTo((18_060 - 1 - 8 - 3_000 - 3_000 - 60) / 18_060, 0.01);
    expect(main!.savedMs).to.be.closeTo((18_060 - main!.originRequests) * 100, 1);
    expect(Object.fromEntries(routes.map(({ route, verdict }) => [route, verdict]))).to.deep.equal({
      '/news': 'worth it',
      '/assets/*.css': 'worth it',
      '/search': 'hardly ever asked twice',
      '/topic/:id': 'hardly ever asked twice',
      '/comments': 'not cacheable',
    });
  });

  it('shows the curve over ttls with what may be outdated: the page changes every 30 s', async () => {
    const { ttlCurve, sampleRate } = await report('site.log');
    expect(sampleRate).to.equal(1);
    const at = (seconds: number): SimulationReport['ttlCurve'][number] =>
      ttlCurve.find(({ x }) => x === seconds * 1000)!;
    expect(at(300).hitRatio).to.be.above(at(5).hitRatio + 0.1);
    expect(at(5).outdatedShare).to.be.below(at(300).outdatedShare);
    expect(at(300).outdatedShare).to.be.within(0.4, 0.5);
  });

  it('finds the parameter that means nothing, and what ignoring it brings', async () => {
    const before = await report('site.log');
    const [utm] = before.parameters.filter(({ name }) => name === 'utm_source');
    expect(utm).to.include({ verdict: 'looks safe to ignore', equalShare: 1 });
    expect(before.parameters.find(({ name }) => name === 'q')).to.include({ verdict: 'means something' });
    const after = await report('site.log', '--ignore-params', 'utm_*', '--ttl', '1h');
    const without = await report('site.log', '--ttl', '1h');
    expect(after.results[0]!.hitRatio - without.results[0]!.hitRatio).to.be.closeTo(utm!.gain, 0.01);
  });

  it('recommends a configuration that the proxy takes, and that comes to what was promised', async () => {
    const { recommendation } = await report('site.log', '--write-config', 'made.yaml');
    const { config } = await loadConfig(
      { flags: {}, file: 'made.yaml', env: {}, directory: directory.path },
      checkConfig,
    );
    expect(config.rules).to.deep.include({ path: '/search', cache: false });
    expect(config.rules.find(({ path }) => path === '/assets/*.css')).to.deep.equal({
      path: '/assets/*.css',
      cache: { defaultTtl: '5m' },
    });
    expect(config.policy).to.deep.include({ key: { ignoreParams: ['utm_source'] } });
    expect(config.memory).to.have.keys('maxBytes', 'policy');
    const { results } = await report('site.log', '--config', 'made.yaml');
    const { hitRatio, outdatedShare } = results[0]!;
    expect(hitRatio).to.be.at.least(recommendation.expected.hitRatio - 0.005);
    expect(hitRatio).to.be.at.most(recommendation.expected.hitRatio + recommendation.gainOfIgnoring + 0.005);
    expect(outdatedShare).to.be.below(0.2);
  });

  it('sets two configurations beside each other, by settings or by a file', async () => {
    writeFileSync(
      join(directory.path, 'other.yaml'),
      'policy: { defaultTtl: 5m }\nmemory: { maxBytes: 1mb, policy: lru }\n',
    );
    const bySettings = await report('site.log', '--against', 'ttl=5m,policy=lru,max-bytes=1mb');
    const byFile = await report('site.log', '--against', 'other.yaml');
    const alone = await report('site.log', '--ttl', '5m', '--policy', 'lru', '--max-bytes', '1mb');
    expect(bySettings.results).to.have.length(2);
    for (const { results } of [bySettings, byFile]) expect(results[1]!.hitRatio).to.equal(alone.results[0]!.hitRatio);
    expect(bySettings.results[0]!.hitRatio).to.be.below(alone.results[0]!.hitRatio);
    expect((await run(['site.log', '--against', 'ttl=5m'])).out).to.match(
      /no cache +policy s3fifo, max-bytes 64mb, ttl 60s +ttl=5m\n/,
    );
  });

  it('reads standard input, packed too, and comes to the same', async () => {
    const { results } = await report('site.log');
    const { out } = await run(['-', '--json'], Readable.from([gzipSync(siteLog())]));
    expect((JSON.parse(out) as SimulationReport).results).to.deep.equal(results);
  });

  it('prints a table for people, with malformed lines by number and nothing in it that moves the terminal', async () => {
    writeFileSync(join(directory.path, 'hostile.log'), `${siteLog()}\nbad \u001b[31mline\u0007\n`);
    const { out } = await run(['hostile.log']);
    expect(out)
      .to.match(/hit ratio +\d+\.\d %/)
      .and.to.match(/\/search: hardly ever asked twice/);
    expect(out)
      .to.contain('1 lines are no requests')
      .and.to.contain('hostile.log:18061: no time in brackets: bad \\x1b[31mline\\x07');
    // eslint-disable-next-line no-control-regex
    expect(out).to.not.match(/[\u0000-\u0009\u000b-\u001f]/);
  });

  it('writes a page that stands by itself, in which nothing that a client sent is markup', async () => {
    const hostile = JSON.stringify({
      time: '2026-01-05T08:00:00Z',
      method: 'GET',
      uri: '/<script>alert(1)</script>?<b>=1',
      status: 200,
      bytes: 5,
    });
    writeFileSync(
      join(directory.path, 'markup.log'),
      `${siteLog()}\n${`${hostile}\n`.repeat(2000)}<img src=x onerror=alert(1)>\n`,
    );
    await run(['markup.log', '--html', 'page.html']);
    const page = readFileSync(join(directory.path, 'page.html'), 'utf8');
    expect(page)
      .to.contain('&lt;script&gt;')
      .and.to.contain('prefers-color-scheme: dark')
      .and.to.contain('name="viewport"');
    expect(page).to.not.match(/<script|<img|<b>=|https?:\/\/(?!…)|@import|url\(/);
    expect(page.match(/<svg /g)).to.have.length(3);
  });

  const faulty: [string[], RegExp][] = [
    [[], /missing required argument 'logs'/],
    [['absent.log'], /^cachewarp: cannot read absent.log: there is no such file$/],
    [['empty.log'], /^cachewarp: cannot simulate empty.log: it is empty$/],
    [
      ['none.log'],
      /^cachewarp: cannot simulate none.log: none of its 2 lines is a request \(the first: no time in brackets\)$/,
    ],
    [['site.log', '--policy', 'best'], /^cachewarp: --policy must be one of .*"?s3fifo"?.*got "?'?best/],
    [['site.log', '--max-bytes', 'much'], /^cachewarp: --max-bytes must be .*got .*much/],
    [['site.log', '--ttl', '0'], /^cachewarp: --ttl must be a duration above 0.*got 0/],
    [['site.log', '--against', 'tll=5m'], /^cachewarp: --against must be settings such as .*got 'tll=5m'/],
    [['site.log', '--against', 'ttl=soon'], /^cachewarp: --against ttl must be a duration.*got .*soon/],
    [['site.log', '--config', 'absent.yaml'], /^cachewarp: cannot read the configuration absent.yaml/],
    [['site.log', '--html', 'no/such/folder.html'], /^cachewarp: --html cannot write no\/such\/folder.html: /],
  ];
  for (const [args, message] of faulty) {
    it(`answers \`cachewarp simulate ${args.join(' ')}\` with a clear line and exit code 2`, async () => {
      writeFileSync(join(directory.path, 'empty.log'), '');
      writeFileSync(join(directory.path, 'none.log'), 'one\ntwo\n');
      const { code, err } = await run(args);
      expect(err.split('\n')[0]).to.match(message);
      expect(code).to.equal(EXIT.usage);
    });
  }

  it('runs as a program with its input through a pipe, and is quiet where there is no terminal', async () => {
    const child = spawn(process.execPath, [BIN, 'simulate', '-', '--json'], { stdio: ['pipe', 'pipe', 'pipe'] });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (data: Buffer) => out.push(data));
    child.stderr.on('data', (data: Buffer) => err.push(data));
    child.stdin.end(siteLog());
    expect(await once(child, 'close')).to.deep.equal([0, null]);
    expect(Buffer.concat(err).toString()).to.equal('');
    expect((JSON.parse(Buffer.concat(out).toString()) as SimulationReport).log.files).to.deep.equal(['-']);
  }).timeout(60_000);
}).timeout(60_000);
