import './check-node.mjs';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * What `npm start` and `npm test` do before their job, so that both work in a bare clone: install what the lockfile
 * names, and build what is missing or stale. Uses Node alone, because it runs before anything is installed.
 */

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Installs and builds where needed; ends the process with a message when it cannot. */
export function prepare() {
  const unlock = lock(join(root, '.bootstrap.lock'));
  try {
    if (!isInstalled(root)) install();
    build();
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  } finally {
    unlock();
  }
  if (process.exitCode) process.exit();
}

/**
 * Whether `node_modules` holds exactly what `package-lock.json` names. Compares contents, because a checkout changes
 * the times of files that did not change. Optional packages are left out: most are builds for other platforms.
 */
export function isInstalled(folder) {
  const installed = readPackages(join(folder, 'node_modules', '.package-lock.json'));
  if (!installed) return false;
  const named = readPackages(join(folder, 'package-lock.json'));
  return Object.entries(named).every(([path, wanted]) => {
    if (path === '' || wanted.optional) return true;
    const found = installed[path];
    return found !== undefined && found.version === wanted.version && found.integrity === wanted.integrity;
  });
}

/**
 * Removes compiled files whose source is gone. `tsc -b` leaves them behind, and a test that was renamed would run
 * twice. Goes by the declaration map, which only the compiler writes and which names the source.
 */
export function removeOrphans(project) {
  for (const out of ['dist', 'dist-test'].map((name) => join(project, name)).filter(existsSync)) {
    for (const file of readdirSync(out, { recursive: true })) {
      if (!file.endsWith('.d.ts.map')) continue;
      const map = join(out, file);
      const sources = JSON.parse(readFileSync(map, 'utf8')).sources.map((source) => join(dirname(map), source));
      if (sources.some(existsSync)) continue;
      const base = map.slice(0, -'.d.ts.map'.length);
      for (const end of ['.js', '.js.map', '.d.ts', '.d.ts.map']) rmSync(base + end, { force: true });
    }
  }
}

/**
 * Makes the compiler start a project anew of which an output is missing: it trusts its record of the last build and
 * would leave the gap, and tests that are not there do not fail.
 *
 * @param project the folder of a tsconfig.json that names rootDir, outDir and tsBuildInfoFile
 */
export function forgetBrokenBuild(project) {
  const { compilerOptions } = JSON.parse(readFileSync(join(project, 'tsconfig.json'), 'utf8'));
  const [rootDir, outDir, record] = ['rootDir', 'outDir', 'tsBuildInfoFile'].map((name) =>
    join(project, compilerOptions[name]),
  );
  if (!existsSync(record)) return;
  const outputs = JSON.parse(readFileSync(record, 'utf8'))
    .fileNames.map((name) => join(dirname(record), name))
    .filter((file) => file.startsWith(rootDir) && file.endsWith('.ts') && !file.endsWith('.d.ts'))
    .map((file) => join(outDir, `${relative(rootDir, file).slice(0, -'.ts'.length)}.js`));
  if (!outputs.every(existsSync)) rmSync(record);
}

/** The folders of the workspaces' packages, relative to the root. */
export function workspaces(folder = root) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).workspaces.flatMap((pattern) => {
    if (!pattern.endsWith('/*')) return [pattern];
    const parent = pattern.slice(0, -2);
    return readdirSync(join(folder, parent))
      .map((name) => `${parent}/${name}`)
      .filter((path) => existsSync(join(folder, path, 'package.json')));
  });
}

class CommandFailed extends Error {}

function install() {
  console.log('Installing dependencies (npm ci)...');
  // NODE_ENV=production would leave out the compiler.
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  const npm = process.env.npm_execpath;
  const result = npm?.endsWith('.js')
    ? spawnSync(process.execPath, [npm, ...args], { cwd: root, stdio: 'inherit' })
    : spawnSync('npm', args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  if (result.status !== 0) throw new CommandFailed('npm ci failed: see its message above.');
}

function build() {
  for (const path of workspaces()) removeOrphans(join(root, path));
  const { references } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
  for (const { path } of references) forgetBrokenBuild(join(root, path));
  if (!existsSync(join(root, 'packages/core/dist'))) console.log('Building...');
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const result = spawnSync(process.execPath, [tsc, '-b'], { cwd: root, stdio: 'inherit' });
  if (result.status !== 0) throw new CommandFailed('The build failed: see the errors above.');
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** One install and build at a time: `npm start` and `npm test` may begin together in one clone. */
function lock(file) {
  const deadline = Date.now() + 10 * 60_000;
  for (let said = false; ;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (isAbandoned(file)) {
      rmSync(file, { force: true });
      continue;
    }
    if (Date.now() > deadline) throw new Error(`${file} is held by another command; remove it if there is none.`);
    if (!said) console.log('Waiting for another command that installs or builds here...');
    said = true;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250);
  }
}

function isAbandoned(file) {
  let owner;
  try {
    owner = Number(readFileSync(file, 'utf8'));
    // Created but not written yet: give its owner a moment.
    if (!owner) return Date.now() - statSync(file).mtimeMs > 5_000;
    process.kill(owner, 0);
    return false;
  } catch (error) {
    // ENOENT: it was released in between; the next try takes it. ESRCH: its owner has died.
    return error.code === 'ESRCH';
  }
}
