import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { programPath } from '#src/programs.js';

describe('programPath', function () {
  // Without `npm test` before it, the first call fetches the program.
  this.timeout(120_000);

  for (const [name, argument, answer] of [
    ['nginx', '-v', /^nginx version: nginx\/\d/],
    ['chromium', '--version', /Chrom/],
    ['curl', '--version', /^curl \d/],
    ['redis', '--version', /^(Redis|Valkey) server v=\d/i],
  ] as const) {
    it(`names a ${name} that runs`, () => {
      const { stdout, stderr } = spawnSync(programPath(name), [argument], { encoding: 'utf8' });

      expect(stdout + stderr).to.match(answer);
    });
  }
});
