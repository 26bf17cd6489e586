import './check-node.mjs';
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unpackDebianPackage } from './debian-package.mjs';

/*
 * Real programs for the tests and benchmarks that need them, without a manual step: where an environment variable says, else on the
 * PATH, else a private copy of Debian's package. Nothing is installed into the system and no service is started.
 *
 *   node tools/programs.mjs nginx     prints the path, or fails naming what was tried
 */

const programs = {
  nginx: {
    usedBy: 'tests',
    variable: 'NGINX_BIN',
    names: ['nginx'],
    folders: ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin'],
    versionArgument: '-v',
    debianPackage: 'nginx',
    executable: 'usr/sbin/nginx',
  },
  chromium: {
    usedBy: 'tests',
    variable: 'CHROMIUM_BIN',
    names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'Google Chrome'],
    folders: ['/Applications/Google Chrome.app/Contents/MacOS'],
    versionArgument: '--version',
    debianPackage: 'chromium',
    executable: 'usr/lib/chromium/chromium',
  },
  curl: {
    usedBy: 'tests',
    variable: 'CURL_BIN',
    names: ['curl'],
    folders: ['/usr/bin'],
    versionArgument: '--version',
    debianPackage: 'curl',
    executable: 'usr/bin/curl',
  },
  memcached: {
    usedBy: 'tests',
    variable: 'MEMCACHED_BIN',
    names: ['memcached'],
    folders: ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'],
    versionArgument: '-V',
    debianPackage: 'memcached',
    executable: 'usr/bin/memcached',
  },
  redis: {
    usedBy: 'tests',
    variable: 'REDIS_SERVER_BIN',
    names: ['redis-server', 'valkey-server'],
    folders: ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'],
    versionArgument: '--version',
    // Debian's redis-server package brings a service; the program itself is in redis-tools, under another name. It is a server or a
    // checker of dumps by the name that it is called by.
    debianPackage: 'redis-tools',
    executable: 'usr/bin/redis-check-rdb',
    calledAs: 'redis-server',
  },
  python3: {
    usedBy: 'tests',
    variable: 'PYTHON3_BIN',
    names: ['python3'],
    folders: ['/usr/bin', '/usr/local/bin'],
    versionArgument: '--version',
    debianPackage: 'python3',
    executable: 'usr/bin/python3',
  },
  promtool: {
    usedBy: 'tests',
    variable: 'PROMTOOL_BIN',
    names: ['promtool'],
    folders: ['/usr/local/bin', '/opt/homebrew/bin'],
    versionArgument: '--version',
    debianPackage: 'prometheus',
    executable: 'usr/bin/promtool',
  },
  script: {
    usedBy: 'tests',
    variable: 'SCRIPT_BIN',
    // That of util-linux, which gives a program a pseudo-terminal: the one of BSD has other flags, and no --version.
    names: ['script'],
    folders: ['/usr/bin'],
    versionArgument: '--version',
    debianPackage: 'bsdutils',
    executable: 'usr/bin/script',
  },
  wrk: {
    usedBy: 'benchmarks',
    variable: 'WRK_BIN',
    names: ['wrk'],
    folders: [],
    versionArgument: '-v',
    // It prints its version and then complains that there is no URL.
    versionStatus: 1,
    debianPackage: 'wrk',
    executable: 'usr/bin/wrk',
  },
};

/** The programs that the integration tests run. */
export const wantedByTests = Object.keys(programs).filter((name) => programs[name].usedBy === 'tests');

/**
 * The path of a program that was seen to run.
 *
 * @throws Error when there is none, naming what was tried and what to do.
 */
export function provide(name, environment = process.env) {
  const program = programs[name];
  if (!program) throw new Error(`no program named ${name}; known: ${Object.keys(programs).join(', ')}`);

  const given = environment[program.variable];
  if (given) {
    const problem = whyNotRunning(given, program);
    if (problem) throw new Error(`${program.variable}=${given} does not run: ${problem}`);
    return given;
  }

  const tried = [`${program.variable} is not set`];
  for (const path of candidates(program, environment)) {
    const problem = whyNotRunning(path, program);
    if (!problem) return path;
    tried.push(`${path} does not run: ${problem}`);
  }
  if (tried.length === 1) tried.push(`no ${program.names.join(', ')} on the PATH or in ${program.folders.join(', ')}`);

  try {
    return unpackDebianPackage(program, (path) => whyNotRunning(path, program), environment);
  } catch (error) {
    tried.push(error.message);
  }
  throw new Error(
    [
      `The ${program.usedBy} need ${name}, and there is none:`,
      ...tried.map((line) => `  - ${line}`),
      `Install ${name} so that it is on the PATH, or set ${program.variable} to its path,`,
      `or run this on Debian or Ubuntu with access to a package mirror.`,
    ].join('\n'),
  );
}

function candidates({ names, folders }, environment) {
  const places = [...(environment.PATH ?? '').split(delimiter).filter(Boolean), ...folders];
  return places.flatMap((place) => names.map((name) => join(place, name))).filter(isExecutable);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not there, or not for us: one of several places.
    return false;
  }
}

function whyNotRunning(path, { versionArgument, versionStatus = 0 }) {
  const { error, status, signal, stderr } = spawnSync(path, [versionArgument], { encoding: 'utf8', timeout: 30_000 });
  if (error) return error.message;
  if (status === versionStatus) return undefined;
  return `${versionArgument} ended with ${signal ?? status}: ${stderr.trim().split('\n')[0]}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(provide(process.argv[2]));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
