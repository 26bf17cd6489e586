import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCache, MemoryStore } from '@cachewarp/core';
import { startProxy } from '@cachewarp/proxy';
import { expect } from 'chai';
import { deployFiles, DEPLOY, readDeployFile } from '#src/deploy-files.js';
import { ask } from '#src/http-client.js';
import { makeHttpOrigin } from '#src/http-origin.js';
import { Opened } from '#src/opened.js';
import { programPath } from '#src/programs.js';
import { runProgram } from '#src/run-program.js';

/** A tier in another process, as far as the metrics can tell. */
class FarStore extends MemoryStore {
  override readonly name = 'redis' as never;
  override get(key: string): never {
    return Promise.resolve(super.get(key)) as never;
  }
}

/** What a scrape gives each series beside. */
const TARGET_LABELS = ['job', 'instance', 'le'];

describe('what deploy/ says of metrics', () => {
  const opened = new Opened();
  afterEach(() => opened.close());

  /** The labels of every metric that a proxy with a tier behind its memory has, by the names that can be asked for. */
  async function registered(): Promise<Map<string, Set<string>>> {
    const origin = await makeHttpOrigin(
      opened,
      (_, response) => void response.setHeader('Cache-Control', 'max-age=60').end('hello'),
    );
    const cache = opened.add(createCache({ name: 'proxy', store: new FarStore() }), (it) => it.close());
    const proxy = await startProxy({ origin: origin.url, host: '127.0.0.1', port: 0, cache, admin: { port: 0 } });
    opened.add(proxy, () => proxy.close());
    await ask(`${proxy.url}/a`);
    const { text } = await ask(`${proxy.adminUrl!}/metrics`);
    const metrics = new Map<string, Set<string>>();
    for (const [, name] of text.matchAll(/^# TYPE (\S+) (?!histogram)/gm)) metrics.set(name!, new Set());
    for (const [, name] of text.matchAll(/^# TYPE (\S+) histogram/gm)) {
      for (const end of ['bucket', 'sum', 'count']) metrics.set(`${name}_${end}`, new Set());
    }
    for (const [, name, labels] of text.matchAll(/^(cachewarp_\w+)\{([^}]*)\}/gm)) {
      for (const [, label] of labels!.matchAll(/(\w+)="/g)) metrics.get(name!)?.add(label!);
    }
    return metrics;
  }

  /** Every expression in a file: of a rule, a panel or a variable. */
  function expressionsOf(path: string): string[] {
    const text = readDeployFile(path);
    if (!path.endsWith('.json')) return [text.replaceAll(/^\s*#.*$/gm, '')];
    const found: string[] = [];
    const visit = (value: unknown, key = ''): void => {
      if (typeof value === 'string' && ['expr', 'definition', 'query'].includes(key)) found.push(value);
      else if (typeof value === 'object' && value !== null)
        for (const [name, inner] of Object.entries(value)) visit(inner, name);
    };
    visit(JSON.parse(text));
    return found;
  }

  const files = ['grafana/dashboards/cachewarp.json', 'prometheus/rules.yml', 'prometheus/alerts.yml'];

  for (const path of files) {
    it(`names only metrics that there are, with labels that they have: ${path}`, async () => {
      const metrics = await registered();
      const named = new Set<string>();
      for (const expression of expressionsOf(path)) {
        for (const [, name, selector = ''] of expression.matchAll(/(?<![\w:])(cachewarp_\w+)(?:\{([^}]*)\})?/g)) {
          // Prose of an annotation and the name of a secret's file name no metric that ends as these do not.
          named.add(name!);
          expect([...metrics.keys()], `${name} in ${path}`).to.include(name);
          for (const [, label] of selector.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)) {
            expect([...metrics.get(name!)!, ...TARGET_LABELS], `label ${label} of ${name}`).to.include(label);
          }
        }
      }
      expect(named.size).to.be.at.least(4);
    });
  }

  it('shows every metric somewhere on the dashboard', async () => {
    const metrics = [...(await registered()).keys()];
    const text = expressionsOf(files[0]!).join('\n');
    const families = new Set(metrics.map((name) => name.replace(/_(?:bucket|sum|count)$/, '')));
    expect([...families].filter((name) => name.startsWith('cachewarp_') && !text.includes(name))).to.deep.equal([]);
  });

  describe('is accepted by promtool:', () => {
    const promtool = (...args: string[]) =>
      runProgram(programPath('promtool'), args, { cwd: join(DEPLOY, 'prometheus') });

    it('the scrape configuration', async () => {
      const { code, stdout, stderr } = await promtool('check', 'config', '--syntax-only', 'prometheus.yml');
      expect(code, stdout + stderr).to.equal(0);
    });

    it('the recording rules and alerts', async () => {
      const { code, stdout, stderr } = await promtool('check', 'rules', 'rules.yml', 'alerts.yml');
      expect(code, stdout + stderr).to.equal(0);
      expect(stdout).to.include('10 rules found');
    });

    it('the tests of the alerts: each fires when it should, and not before', async () => {
      const { code, stdout, stderr } = await promtool('test', 'rules', 'alerts.test.yml');
      expect(code, stdout + stderr).to.equal(0);
    });

    it('the metrics of a proxy', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'cachewarp-metrics-'));
      opened.add(folder, () => rmSync(folder, { recursive: true }));
      const origin = await makeHttpOrigin(opened, (_, response) => void response.end('hello'));
      const proxy = await startProxy({ origin: origin.url, host: '127.0.0.1', port: 0, admin: { port: 0 } });
      opened.add(proxy, () => proxy.close());
      await ask(`${proxy.url}/a`);
      writeFileSync(join(folder, 'metrics'), (await ask(`${proxy.adminUrl!}/metrics`)).text);
      const check = await runProgram('/bin/sh', [
        '-c',
        `"${programPath('promtool')}" check metrics < "${folder}/metrics"`,
      ]);
      expect(check.code, check.stdout + check.stderr).to.equal(0);
    });
  });

  it('has an alert for each thing that an operator must hear of', () => {
    const alerts = readDeployFile('prometheus/alerts.yml');
    for (const name of [
      'LowHitRatio',
      'OriginSlow',
      'OriginFailing',
      'OriginBreakerOpen',
      'StoreFailing',
      'StoreBreakerOpen',
      'LogGaps',
    ]) {
      expect(alerts).to.include(`alert: CacheWarp${name}\n`);
    }
    expect(deployFiles('prometheus')).to.include('prometheus/alerts.test.yml');
  });
});
