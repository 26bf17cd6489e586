import { prepare, root, workspaces } from './bootstrap.mjs';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/*
 * Looks at the published packages as a user gets them: packs each, lints the archive (publint), resolves its types as
 * a consumer's compiler does (attw), then installs the archives into an empty project, where no dependency is found by
 * luck of hoisting, and loads every entrance of every package, by import and by require.
 */

prepare();

const work = mkdtempSync(join(tmpdir(), 'cachewarp-packages-'));
const failures = [];
try {
  const packages = workspaces()
    .map((path) => join(root, path))
    .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) }))
    .filter(({ manifest }) => !manifest.private)
    .map((one) => ({ ...one, ...pack(one.folder) }));
  for (const { manifest, archive, files } of packages) {
    console.log(`${manifest.name} ${manifest.version}: ${files.length} files`);
    for (const problem of wrongFiles(files, manifest)) failures.push(`${manifest.name}: ${problem}`);
    check(`publint ${manifest.name}`, 'publint', ['run', archive, '--strict']);
    check(`attw ${manifest.name}`, 'attw', [
      archive,
      '--profile',
      'esm-only',
      '--no-definitely-typed',
      '--format',
      'ascii',
    ]);
  }
  installAndLoad(packages);
} finally {
  rmSync(work, { recursive: true, force: true });
}

for (const failure of failures) console.error(`FAILED ${failure}`);
console.log(failures.length === 0 ? 'All packages are good.' : `${failures.length} problems.`);
process.exitCode = failures.length === 0 ? 0 : 1;

function pack(folder) {
  const { stdout, stderr, status } = npm(['pack', '--json', '--pack-destination', work], folder);
  if (status !== 0) throw new Error(`npm pack failed in ${folder}: ${stderr}`);
  const [{ filename, files }] = [JSON.parse(stdout)].flat();
  return { archive: join(work, filename), files: files.map((file) => file.path) };
}

function wrongFiles(files, { exports = {}, bin = {} }) {
  const entrances = Object.values(exports).flatMap((one) => (typeof one === 'string' ? [one] : Object.values(one)));
  const wanted = [
    'README.md',
    'LICENSE',
    ...[...entrances, ...Object.values(bin)].map((path) => path.replace('./', '')),
  ];
  return [
    ...wanted.filter((path) => !files.includes(path)).map((path) => `${path} is not in the archive`),
    ...files
      .filter((path) => /\.test\.|tsbuildinfo|(^|\/)test\//.test(path))
      .map((path) => `${path} is in the archive`),
  ];
}

function installAndLoad(packages) {
  writeFileSync(join(work, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
  const archives = packages.map(({ archive }) => archive);
  const install = npm(['install', '--no-audit', '--no-fund', '--prefer-offline', ...archives], work);
  if (install.status !== 0) {
    failures.push(`install of the packed packages:\n${install.stderr}`);
    return;
  }
  for (const { manifest } of packages) {
    for (const entrance of Object.keys(manifest.exports ?? {})) {
      if (entrance === './package.json') continue;
      const name = join(manifest.name, entrance);
      load(name, ['--input-type=module', '--eval', `await import('${name}')`]);
      load(`${name} by require`, ['--input-type=commonjs', '--eval', `require('${name}')`]);
    }
    for (const command of Object.keys(manifest.bin ?? {})) {
      check(`${command} --version`, join(work, 'node_modules/.bin', command), ['--version'], manifest.version);
    }
  }
}

function load(name, args) {
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: work, encoding: 'utf8', timeout: 60_000 });
  if (status !== 0) failures.push(`${name} does not load:\n${stderr}`);
}

function check(title, command, args, expected = '') {
  const path = command.includes('/') ? command : join(root, 'node_modules/.bin', command);
  const { status, stdout, stderr, error } = spawnSync(path, args, { cwd: work, encoding: 'utf8', timeout: 120_000 });
  if (error || status !== 0 || !stdout.includes(expected)) {
    failures.push(`${title}: ${error?.message ?? `exit ${status}`}\n${stdout}${stderr}`);
  }
}

function npm(args, cwd) {
  return spawnSync('npm', args, { cwd, encoding: 'utf8', shell: process.platform === 'win32', timeout: 5 * 60_000 });
}
