import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, isListening } from './listen.js';
import type { Opened } from './opened.js';
import { programPath } from './programs.js';
import { makeTemporaryFolder } from './temporary-folder.js';
import { until } from './until.js';

/** One line of the access log. */
interface NginxRequest {
  readonly method: string;
  readonly target: string;
  readonly status: number;
  readonly range: string;
  readonly ifNoneMatch: string;
}

/** A real nginx that serves files with ETags, in a folder of its own. */
export interface NginxOrigin {
  readonly url: string;
  /** Puts a file in place: `write('/a.txt', 'text')`. */
  write(path: string, content: string | Buffer): void;
  /** What it has answered so far, once that is at least so much: nginx writes a line after it has sent the answer. */
  log(atLeast: number): Promise<NginxRequest[]>;
  /** Ends it as a crash would. */
  stop(): Promise<void>;
  /** Starts it again, on the same port. */
  start(): Promise<void>;
}

/** @param directives - for the server block, such as `add_header Cache-Control max-age=60;` */
export async function makeNginxOrigin(opened: Opened, directives: string): Promise<NginxOrigin> {
  const folder = makeTemporaryFolder(opened);
  mkdirSync(join(folder, 'files'));
  const port = await freePort();
  writeFileSync(join(folder, 'nginx.conf'), configuration(folder, port, directives));
  const program = programPath('nginx');
  let running: ChildProcess | undefined;

  const stop = async (): Promise<void> => {
    const child = running;
    running = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  const start = async (): Promise<void> => {
    const child = spawn(program, ['-p', folder, '-e', join(folder, 'error.log'), '-c', join(folder, 'nginx.conf')], {
      stdio: 'ignore',
    });
    running = child;
    await until(() => {
      if (child.exitCode === null) return isListening(port);
      throw new Error(`nginx ended: ${readFileSync(join(folder, 'error.log'), 'utf8')}`);
    });
  };
  opened.add(stop, stop);
  await start();
  return {
    url: `http://127.0.0.1:${port}`,
    write: (path, content) => writeFileSync(join(folder, 'files', path), content),
    log: async (atLeast) => {
      await until(() => readLog(join(folder, 'access.log')).length >= atLeast);
      return readLog(join(folder, 'access.log'));
    },
    stop,
    start,
  };
}

/** One process, in the foreground, that writes nowhere but into its folder. */
function configuration(folder: string, port: number, directives: string): string {
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
    daemon off;
    master_process off;
    pid ${folder}/nginx.pid;
    events { worker_connections 256; }
    http {
      ${places.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n')}
      log_format facts '$request_method\t$request_uri\t$status\t$http_range\t$http_if_none_match';
      access_log ${folder}/access.log facts;
      types { text/plain txt; text/html html; text/css css; application/javascript js; }
      server {
        listen 127.0.0.1:${port};
        root ${folder}/files;
        ${directives}
      }
    }`;
}

function readLog(file: string): NginxRequest[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [method, target, status, range, ifNoneMatch] = line.split('\t');
      return {
        method: method!,
        target: target!,
        status: Number(status),
        range: range!,
        ifNoneMatch: ifNoneMatch!.replaceAll('\\x22', '"'),
      };
    });
}
