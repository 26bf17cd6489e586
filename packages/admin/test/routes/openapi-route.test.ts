import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { expect } from 'chai';
import { makeAdmin, type Admin, type Partly } from '../make-admin.js';

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, { $ref?: string; content?: Readonly<Record<string, object>> }>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: object;
}

const TOKEN = 'secret';
const WITH_TOKEN = { authorization: `Bearer ${TOKEN}` };

/** Every answer that the test has seen, by operation and status: at the end none of the document is left over. */
const CALLS: readonly [operation: string, status: number, method: string, target: string, more?: Partly][] = [
  ['getHealth', 200, 'GET', '/health'],
  ['getReady', 200, 'GET', '/health/ready'],
  ['getLive', 200, 'GET', '/health/live'],
  ['getMetrics', 200, 'GET', '/metrics'],
  ['getCacheMetrics', 200, 'GET', '/metrics/cache'],
  ['getStats', 200, 'GET', '/stats'],
  ['listKeys', 200, 'GET', '/keys?prefix=GET:&limit=1'],
  ['listKeys', 400, 'GET', '/keys?limit=0'],
  ['getKey', 200, 'GET', '/keys/GET:/tagged'],
  ['getKey', 404, 'GET', '/keys/gone'],
  ['getTop', 200, 'GET', '/top?limit=5'],
  ['getTop', 400, 'GET', '/top?limt=5'],
  ['invalidate', 200, 'POST', '/invalidate', { json: { tag: 't', dryRun: true }, headers: WITH_TOKEN }],
  ['invalidate', 200, 'POST', '/invalidate', { json: { keys: ['a', 'b'], soft: true }, headers: WITH_TOKEN }],
  ['invalidate', 400, 'POST', '/invalidate', { json: { tga: 't' }, headers: WITH_TOKEN }],
  ['invalidate', 401, 'POST', '/invalidate', { json: { all: true } }],
  ['invalidate', 413, 'POST', '/invalidate', { text: 'x'.repeat(70_000), headers: WITH_TOKEN }],
  ['invalidate', 403, 'POST', '/invalidate', { json: { all: true }, headers: { origin: 'http://evil.example' } }],
  ['deleteKey', 200, 'DELETE', '/invalidate/gone', { headers: WITH_TOKEN }],
  ['listAudit', 200, 'GET', '/audit?limit=10'],
  ['explain', 200, 'GET', '/explain?key=GET:/tagged'],
  ['explain', 200, 'GET', '/explain?key=gone'],
  ['explain', 200, 'GET', '/explain?url=/tagged'],
  ['explain', 400, 'GET', '/explain'],
  ['getEvents', 200, 'HEAD', '/events'],
  ['getOpenapi', 200, 'GET', '/openapi.json'],
  ['getDashboard', 200, 'GET', '/dashboard'],
  ['getDashboardFile', 200, 'GET', '/dashboard/uplot.js'],
  ['getDashboardFile', 404, 'GET', '/dashboard/other.js'],
];

describe('the OpenAPI document', () => {
  const made: Admin[] = [];
  const administered = async (): Promise<Admin & { document: Document }> => {
    const admin = makeAdmin({ token: TOKEN });
    made.push(admin);
    await admin.cache.set('GET:/tagged', 'a', { tags: ['t'], ttl: '1m' });
    await admin.cache.set('gone', 'b');
    await admin.cache.getOrLoad('GET:/tagged', () => 'never loaded');
    await admin.cache.invalidate('gone', { by: 'PostsController.create', reason: 'a post was written' });
    return { ...admin, document: (await admin.send('GET', '/openapi.json')).json() as unknown as Document };
  };
  afterEach(() => made.splice(0).forEach(({ handler }) => handler.close()));

  for (const [operation, status, method, target, more] of CALLS) {
    it(`describes what ${method} ${target} answers with ${status}`, async () => {
      const { send, document } = await administered();

      const answer = await send(method, target, more);

      expect(answer.status).to.equal(status);
      const [type] = (answer.headers['content-type'] ?? '').split(';') as [string];
      const described = described200(document, operation, status);
      const schema = described[type] ?? described['*/*'];
      expect(schema, `${operation} ${status} ${type}`).to.not.equal(undefined);
      if (!type.endsWith('json') || operation === 'getOpenapi') return;
      expect(faultsOf(document, schema!, answer.json())).to.deep.equal([]);
    });
  }

  it('describes every part of the API, and each operation is called here', async () => {
    const { document } = await administered();
    const operations = Object.values(document.paths).flatMap((item) => Object.values(item));
    const called = new Set(CALLS.map(([operation]) => operation));
    expect(operations.map(({ operationId }) => operationId).filter((id) => !called.has(id))).to.deep.equal([]);
    expect(operations.length).to.equal(17);
  });

  it('gives the paths that the options say, and leaves out what is left out', async () => {
    const { send, handler } = makeAdmin({ basePath: '/admin', paths: { stats: false, health: '/healthz' } });
    const { paths } = (await send('GET', '/admin/openapi.json')).json() as unknown as Document;
    handler.close();
    expect(Object.keys(paths)).to.include('/admin/healthz/ready').and.not.include('/admin/stats');
  });

  it('passes the linter', async function () {
    this.timeout(60_000);
    const { send } = await administered();
    const folder = mkdtempSync(join(tmpdir(), 'cachewarp-openapi-'));
    try {
      writeFileSync(join(folder, 'openapi.json'), (await send('GET', '/openapi.json')).body as string);
      const linter = fileURLToPath(import.meta.resolve('@redocly/cli/bin/cli.js'));
      const args = [linter, 'lint', '--extends=recommended', '--skip-rule=no-server-example.com', 'openapi.json'];
      const { status, stdout, stderr } = spawnSync(process.execPath, args, {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
      });
      expect(stdout + stderr).to.include('Your API description is valid');
      expect(status).to.equal(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** The described contents of an answer, by their type. */
function described200(document: Document, id: string, status: number): Record<string, { schema: object }> {
  const operations = Object.values(document.paths).flatMap((item) => Object.values(item));
  const response = operations.find(({ operationId }) => operationId === id)!.responses[String(status)];
  const referred = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  return (response?.$ref === undefined ? response?.content : referred) as Record<string, { schema: object }>;
}

function faultsOf({ components }: Document, { schema }: { schema?: object }, value: unknown): unknown[] {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  // The types of ajv-formats know only its CommonJS form.
  (formats as unknown as (instance: Ajv2020) => void)(ajv);
  const validate = ajv.compile({ ...schema, components });
  return validate(value) ? [] : (validate.errors ?? []);
}
