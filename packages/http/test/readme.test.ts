import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { resolveHttpPolicy } from '#src/cache/http-policy.js';

/** Seen from dist-test. */
const packageRoot = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(`${packageRoot}README.md`, 'utf8');

describe('README.md', () => {
  it('has an example that runs and prints what it says', async () => {
    const code = /```js\n([\s\S]*?)```/.exec(readme)![1]!;
    const printed = /\/\/ (MISS .*)$/m.exec(code)![1]!;
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], { cwd: packageRoot });
    expect(stdout.trim()).to.equal(printed);
  });

  it('names every option of a policy', () => {
    const refusal = (() => {
      try {
        resolveHttpPolicy({ none: 1 } as never);
      } catch (error) {
        return String(error);
      }
      return '';
    })();
    const options = /known: ([\w, ]+)/.exec(refusal)![1]!.split(', ');
    expect(options.length).to.be.above(20);
    for (const option of options)
      expect(readme, option).to.match(new RegExp(`\`(key: \\{[^\`]*)?${option}\\b|\`${option}\``));
  });
});
