import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { root, workspaces } from '../bootstrap.mjs';
import { makeTemporaryFolder } from './temporary-folder.mjs';

// A checker that sees nothing is green as well. Each rule that we count on is broken here on purpose.

describe('npm run lint', function () {
  this.timeout(60_000);
  let copy;

  beforeEach(() => {
    copy = makeTemporaryFolder();
    symlinkSync(join(root, 'node_modules'), join(copy.path, 'node_modules'));
    for (const file of ['.oxlintrc.json', 'knip.json', 'package.json', 'tsconfig.base.json', 'tsconfig.json']) {
      cpSync(join(root, file), join(copy.path, file));
    }
    for (const file of workspaces().flatMap((folder) => [`${folder}/package.json`, `${folder}/tsconfig.json`])) {
      cpSync(join(root, file), join(copy.path, file));
    }
  });

  afterEach(() => copy.remove());

  function run(tool, args) {
    const { stdout, stderr, status } = spawnSync(join(root, 'node_modules/.bin', tool), args, {
      cwd: copy.path,
      encoding: 'utf8',
    });
    return { output: stdout + stderr, status };
  }

  describe('oxlint', () => {
    const service = `export async function save(): Promise<number> {\n  await Promise.resolve();\n  return 1;\n}\n`;
    const cases = [
      ['a floating promise', `save();`, 'no-floating-promises'],
      [
        'a floating promise in a method',
        `export class A {\n  go(): void {\n    save().then(() => 1);\n  }\n}`,
        'no-floating-promises',
      ],
      [
        'an async function where none is awaited',
        `[1].forEach(async () => {\n  await save();\n});`,
        'no-misused-promises',
      ],
      ['a promise as a condition', `if (save()) throw new Error('always');`, 'no-misused-promises'],
      ['an await of a plain value', `export const one = await 1;`, 'await-thenable'],
      ['a thrown string', `export const fail = (): never => {\n  throw 'no';\n};`, 'only-throw-error'],
      [
        'a rejection with no error',
        `export const fail = async (): Promise<void> => Promise.reject('no');`,
        'prefer-promise-reject-errors',
      ],
      ['a default export', `export default 1;`, 'no-default-export'],
      ['a note to do something later', `// TODO: later`, 'no-warning-comments'],
      ['console in product code', `console.log('here');`, 'no-console'],
    ];

    it('catches floating and misused promises, and what else we forbid', () => {
      copy.write('packages/core/src/base/save.ts', service);
      for (const [index, [, code]] of cases.entries()) {
        const lines = `import { save } from './save.js';\n${code}\nexport { save };\n`;
        copy.write(`packages/core/src/base/seed-${index}.ts`, lines);
      }

      const { output, status } = run('oxlint', ['--format', 'unix', 'packages']);

      const unseen = cases.filter(([, , rule], index) => !new RegExp(`seed-${index}\\.ts:.*${rule}`).test(output));
      expect(unseen).to.deep.equal([]);
      expect(status).to.equal(1);
    });

    it('catches a circle of imports, of types only as well', () => {
      copy.write('packages/core/src/base/a.ts', `import type { B } from './b.js';\nexport interface A {\n  b: B;\n}\n`);
      copy.write('packages/core/src/base/b.ts', `import type { A } from './a.js';\nexport interface B {\n  a: A;\n}\n`);

      const { output, status } = run('oxlint', ['--format', 'unix', 'packages']);

      expect(output).to.include('no-cycle');
      expect(status).to.equal(1);
    });

    it('is content with code that awaits', () => {
      copy.write('packages/core/src/base/save.ts', service);
      copy.write(
        'packages/core/src/base/seed.ts',
        `import { save } from './save.js';\nexport const one = await save();\n`,
      );

      const { output, status } = run('oxlint', ['--format', 'unix', 'packages']);

      expect(output).not.to.include('.ts:');
      expect(status).to.equal(0);
    });
  });

  describe('knip', () => {
    beforeEach(() => {
      copy.write('packages/core/src/index.ts', `export { used } from './base/used.js';\n`);
      copy.write('packages/core/src/base/used.ts', `export const used = 1;\n`);
    });

    it('catches an export that nobody imports', () => {
      copy.write('packages/core/src/base/used.ts', `export const used = 1;\nexport const seedOfNobody = 2;\n`);

      const { output, status } = run('knip', ['--include', 'exports', '--reporter', 'compact']);

      expect(output).to.match(/packages\/core\/src\/base\/used\.ts: seedOfNobody/);
      expect(status).to.equal(1);
    });

    it('catches a file that nobody imports', () => {
      copy.write('packages/core/src/base/seed.ts', `export const seed = 2;\n`);

      const { output, status } = run('knip', ['--include', 'files', '--reporter', 'compact']);

      expect(output).to.include('packages/core/src/base/seed.ts');
      expect(status).to.equal(1);
    });

    it('catches a dependency that is used and not declared, and one that is declared and not used', () => {
      copy.write('packages/core/src/base/used.ts', `import 'undici';\nexport const used = 1;\n`);

      const { output, status } = run('knip', ['--include', 'dependencies,unlisted', '--reporter', 'compact']);

      expect(output).to.match(/packages\/core\/src\/base\/used\.ts: undici/);
      expect(output).to.match(/packages\/core\/package\.json: .*lru-cache/);
      expect(status).to.equal(1);
    });
  });
});
