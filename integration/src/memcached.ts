import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, connect } from 'node:net';
import { userInfo } from 'node:os';
import type { Opened } from './opened.js';
import { programPath } from './programs.js';
import { until } from './until.js';

/** A real memcached on loopback, which a test stops and starts. */
export interface Memcached {
  /** As memcached clients want it: host and port. */
  readonly address: string;
  /** Ends it at once; what it held is gone. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Starts a memcached. */
export async function makeMemcached(opened: Opened): Promise<Memcached> {
  const port = await freePort();
  let child: ChildProcess | undefined;
  const stop = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  const start = async (): Promise<void> => {
    const args = ['-l', '127.0.0.1', '-p', String(port), '-U', '0', '-u', userInfo().username, '-m', '64'];
    child = spawn(programPath('memcached'), args, { stdio: ['ignore', 'ignore', 'inherit'] });
    await until(() => answers(port));
  };
  opened.add(stop, (end) => end());
  await start();
  return { address: `127.0.0.1:${port}`, stop, start };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
