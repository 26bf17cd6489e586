import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { openApiDocument } from '#src/routes/openapi-document.js';

const REDOCLY = fileURLToPath(new URL('../../../../node_modules/@redocly/cli/bin/cli.js', import.meta.url));

describe('the OpenAPI document', () => {
  it('has nothing that a linter finds', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cachewarp-openapi-'));
    try {
      writeFileSync(join(folder, 'openapi.json'), JSON.stringify(openApiDocument()));
      writeFileSync(join(folder, 'redocly.yaml'), 'extends: [recommended]\ntelemetry: off\n');
      const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
      const args = [REDOCLY, 'lint', 'openapi.json', '--config', 'redocly.yaml', '--format', 'json'];
      const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd: folder, env, encoding: 'utf8' });
      const report = JSON.parse(stdout.slice(stdout.indexOf('{'))) as {
        totals: { errors: number };
        problems: { ruleId: string; severity: string; message: string; location: { pointer: string }[] }[];
      };
      const found = report.problems.map(
        ({ ruleId, severity, message, location }) => `${severity} ${ruleId} ${location[0]?.pointer} ${message}`,
      );
      expect(found, stderr).to.deep.equal([]);
      expect(status, stderr).to.equal(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }).timeout(60_000);
});
