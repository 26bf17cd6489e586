import { prepare, root, workspaces } from './bootstrap.mjs';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { supervise } from './supervise.mjs';

/*
 * npm test                          everything
 * npm test -- core http             the packages of these names, or `tools`
 * npm test -- core --grep 'single'  other arguments go to mocha
 */

prepare();

const paths = new Map([['tools', 'tools'], ...workspaces().map((path) => [basename(path), path])]);
const chosen = process.argv.slice(2).filter((word) => paths.has(word));
const passedOn = process.argv.slice(2).filter((word) => !paths.has(word));

if (chosen.length === 0 || chosen.includes('integration')) {
  const { provide, wantedByTests } = await import('./programs.mjs');
  for (const name of wantedByTests) {
    try {
      provide(name);
    } catch (error) {
      // The tests that need it fail with this message too; the others still run.
      console.error(error.message);
    }
  }
}

const config = JSON.parse(readFileSync(join(root, '.mocharc.json'), 'utf8'));
// Mocha adds the words of its command line to the specs of its file: to choose, the file's specs must go.
const specs = chosen.length === 0 ? config.spec : chosen.map((name) => specOf(paths.get(name)));
const mocha = ['node_modules/mocha/bin/mocha.js', '--no-config', ...flags(config), ...passedOn, ...specs];
process.exitCode = await supervise([{ args: mocha }], { cwd: root, codeWhenStopped: 130 });

function specOf(path) {
  return path === 'tools' ? 'tools/test/**/*.test.mjs' : `${path}/dist-test/**/*.test.js`;
}

function flags(options) {
  const others = Object.entries(options).filter(([name]) => name !== 'spec');
  return others.flatMap(([name, value]) =>
    [value].flat().flatMap((one) => (one === true ? [`--${name}`] : [`--${name}`, String(one)])),
  );
}
