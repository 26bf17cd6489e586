import { readFileSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Opened } from '#src/opened.js';
import { programPath } from '#src/programs.js';
import { makeRestProcess, type RestProcess } from '#src/rest-process.js';
import { runProgram } from '#src/run-program.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describe('the REST service from other programs', function () {
  this.timeout(60_000);
  const opened = new Opened();
  let server: RestProcess;
  beforeEach(async () => {
    server = await makeRestProcess(opened, []);
  });
  afterEach(() => opened.close());

  it('serves a client in the standard library of Python', async () => {
    const { code, stdout, stderr } = await runProgram(programPath('python3'), [
      `${ROOT}examples/python-client/cachewarp_client.py`,
      server.url,
    ]);
    expect(stderr).to.equal('');
    expect([code, stdout]).to.deep.equal([0, 'all well\n']);
  });

  it('answers the curl session of its README as it stands there', async () => {
    const readme = readFileSync(`${ROOT}packages/server/README.md`, 'utf8');
    const session = /```console\n([\s\S]*?)\n```/.exec(readme)![1]!;
    const steps = session.split(/^(?=\$ )/m).filter((step) => step.startsWith('$ '));
    expect(steps).to.have.length(18);
    const routes = new Set<string>();
    const env = { ...process.env, PATH: `${dirname(programPath('curl'))}${delimiter}${process.env['PATH']}` };
    for (const step of steps) {
      const [line, ...shown] = step.slice(2).split('\n');
      const command = line!.replace('localhost:8000', server.url);
      const { code, stdout } = await runProgram('sh', ['-c', command], { env });
      expect(code, line).to.equal(0);
      // The next step's comment stands behind what is shown.
      const expected = shown.filter((text) => !text.startsWith('# ')).join('\n');
      expect(steady(Buffer.from(stdout, 'latin1').toString('utf8')), line).to.equal(steady(expected));
      routes.add(
        `${/-X (\w+)/.exec(line!)?.[1] ?? (line!.includes('-I') ? 'HEAD' : 'GET')} ${/localhost:8000(\/\w+(?:\.json)?)/.exec(line!)![1]!}`,
      );
    }
    expect([...routes].sort()).to.deep.equal(
      [
        'GET /cache',
        'HEAD /cache',
        'PUT /cache',
        'DELETE /cache',
        'POST /cache',
        'POST /invalidate',
        'GET /stats',
        'GET /health',
        'GET /openapi.json',
      ].sort(),
    );
  });
});

/** Without what is another each time: dates, seconds, measured times. */
function steady(text: string): string {
  return text
    .replaceAll('\r', '')
    .replace(/^(?:Date|Connection|Keep-Alive):.*\n/gm, '')
    .replace(/^Age: \d+$/gm, 'Age: N')
    .replace(/max-age=\d+/g, 'max-age=N')
    .replace(/"(age|ttlLeft|uptimeSeconds|p50|p95|p99|max|requests)":[\d.]+/g, '"$1":N')
    .trimEnd();
}
