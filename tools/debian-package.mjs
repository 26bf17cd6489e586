import { spawnSync } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * Unpacks a Debian package and the libraries it lacks into a private folder. Needs no root: apt gets lists and a cache
 * of its own, verifies the signatures as always, and downloads only. Nothing of the packages' own scripts runs, so no
 * service starts and no port is taken.
 */

/**
 * The path of the package's program, started through a small script that finds the unpacked libraries.
 *
 * @param program `debianPackage`, `executable` as a path inside it, and `calledAs` where it goes by another name
 * @param whyNotRunning tells why a path does not run, or answers undefined
 * @throws Error with one line that says what was tried
 */
export function unpackDebianPackage({ debianPackage, executable, calledAs }, whyNotRunning, environment = process.env) {
  const path = privateCopy(debianPackage, environment);
  const kept = dirname(path);
  if (existsSync(path)) {
    if (!whyNotRunning(path)) return path;
    // Cut off half-way, or the system's libraries changed under it: get it anew.
    rmSync(kept, { recursive: true, force: true });
  }

  console.error(`Fetching Debian's ${debianPackage} into ${kept} (once)...`);
  const work = mkdtempSync(join(dirname(kept), `.${debianPackage}-`));
  try {
    const unpacked = join(work, 'unpacked');
    for (const file of download(debianPackage, work, environment))
      run('dpkg', ['-x', file, join(unpacked, 'root')], environment);
    writeLauncher(unpacked, calledAs === undefined ? executable : link(unpacked, executable, calledAs));
    const problem = whyNotRunning(join(unpacked, 'run'));
    if (problem) throw new Error(`the unpacked Debian package ${debianPackage} does not run: ${problem}`);
    keep(unpacked, kept);
    return path;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Where the program is, or will be, unpacked to. */
export function privateCopy(debianPackage, environment = process.env) {
  return join(cacheFolder(environment), `${debianPackage}-${release()}-${process.arch}`, 'run');
}

/** The first of the usual places that we may write to. */
function cacheFolder(environment) {
  const places = [
    environment.CACHEWARP_CACHE_DIR,
    environment.XDG_CACHE_HOME && join(environment.XDG_CACHE_HOME, 'cachewarp'),
    join(homedir(), '.cache', 'cachewarp'),
    fileURLToPath(new URL('../node_modules/.cache/cachewarp', import.meta.url)),
    join(tmpdir(), `cachewarp-${process.getuid?.() ?? 'cache'}`),
  ].filter(Boolean);
  const place = places.find((folder) => {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      accessSync(folder, constants.W_OK);
      return true;
    } catch {
      // Not ours to write to: the next one.
      return false;
    }
  });
  if (!place) throw new Error(`no folder to keep programs in: tried ${places.join(', ')}`);
  return place;
}

function download(debianPackage, work, environment) {
  for (const folder of ['lists/partial', 'cache/archives/partial', 'unpacked/root'])
    mkdirSync(join(work, folder), { recursive: true });
  const options = [
    `Dir::State::Lists=${join(work, 'lists')}`,
    `Dir::Cache=${join(work, 'cache')}`,
    'Debug::NoLocking=1',
    // As root apt would fetch as a user who may not write here.
    'APT::Sandbox::User=root',
    'Acquire::Retries=2',
  ].flatMap((option) => ['-o', option]);
  run('apt-get', [...options, '-q', 'update'], environment);
  // Counts what the system has: only the missing libraries come along. The program itself comes even if it is there.
  run('apt-get', [
    ...options,
    '-q',
    '-y',
    '--reinstall',
    '--no-install-recommends',
    '--download-only',
    'install',
    debianPackage,
  ]);
  const archives = join(work, 'cache', 'archives');
  return readdirSync(archives)
    .filter((name) => name.endsWith('.deb'))
    .map((name) => join(archives, name));
}

/** A second name for the program, beside it. */
function link(unpacked, executable, name) {
  const path = join(dirname(executable), name);
  symlinkSync(basename(executable), join(unpacked, 'root', path));
  return path;
}

function writeLauncher(unpacked, executable) {
  const libraries = new Set();
  for (const file of readdirSync(join(unpacked, 'root'), { recursive: true, withFileTypes: true })) {
    if (/\.so(\.|$)/.test(file.name)) libraries.add(relative(unpacked, file.parentPath ?? file.path));
  }
  const path = [...libraries].map((folder) => `$here/${folder}`).join(':');
  const fonts = existsSync(join(unpacked, 'root/etc/fonts')) ? ['export FONTCONFIG_SYSROOT="$here/root"'] : [];
  const lines = [
    '#!/bin/sh',
    'here=$(dirname "$0")',
    `export LD_LIBRARY_PATH="${path}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"`,
    ...fonts,
    `exec "$here/root/${executable}" "$@"`,
  ];
  writeFileSync(join(unpacked, 'run'), lines.join('\n') + '\n');
  chmodSync(join(unpacked, 'run'), 0o755);
}

function keep(unpacked, kept) {
  try {
    renameSync(unpacked, kept);
  } catch (error) {
    // Another run was quicker: its copy is as good.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  }
}

function run(command, args, environment) {
  const { error, status, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...environment, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
    timeout: 5 * 60_000,
  });
  if (error?.code === 'ENOENT') throw new Error(`there is no ${command} here to fetch a Debian package with`);
  if (error) throw new Error(`${command}: ${error.message}`);
  if (status !== 0) {
    const why = `${stderr}\n${stdout}`.split('\n').find((line) => line.startsWith('E:')) ?? stderr.trim();
    throw new Error(`${command} ${args.at(-1)} failed (exit ${status}): ${why}`);
  }
}

function release() {
  try {
    return /^VERSION_CODENAME=(.+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown';
  } catch {
    // Not a Linux with os-release: apt-get will be missing as well, and say so.
    return 'unknown';
  }
}
