import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { curlLines } from '#src/curl-lines.js';

const MAIN = fileURLToPath(import.meta.resolve('#src/main.js'));

describe('npm start of the example', () => {
  const children: ChildProcess[] = [];
  const servers: Server[] = [];

  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
    }
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
  });

  function start(env: Record<string, string>): {
    child: ChildProcess;
    output: () => string;
    exited: Promise<unknown[]>;
  } {
    const child = spawn(process.execPath, [MAIN], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    return { child, output: () => text, exited: once(child, 'exit') };
  }

  async function until(isSo: () => boolean): Promise<void> {
    for (let turn = 0; turn < 500 && !isSo(); turn++) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(isSo(), 'did not come about').to.equal(true);
  }

  it('prints an address that answers and lines to try, and stops on SIGTERM', async () => {
    const { child, output, exited } = start({ PORT: '0' });
    await until(() => output().includes('Ctrl+C'));
    const address = /http:\/\/127\.0\.0\.1:\d+/.exec(output())?.[0] ?? '';

    expect(await (await fetch(`${address}/health`)).json()).to.deep.equal({ status: 'ok', redis: 'disabled' });
    for (const { line } of curlLines(address)) expect(output()).to.include(`  ${line}\n`);

    child.kill('SIGTERM');
    expect(await exited).to.deep.equal([0, null]);
  });

  it('prints lines that work as they are printed', async () => {
    const { output } = start({ PORT: '0' });
    await until(() => output().includes('Ctrl+C'));
    const lines = [...output().matchAll(/^ {2}# (.*)\n {2}(curl .*)$/gm)].map((match) => ({
      comment: match[1],
      line: match[2],
    }));
    expect(lines).to.have.length(12);

    for (const { comment, line } of lines) {
      const { stdout } = await promisify(execFile)('sh', ['-c', `${line} --silent --show-error --fail`]);
      const word = /\b(MISS|HIT|BYPASS)\b/.exec(comment ?? '')?.[0];
      if (word !== undefined) expect(stdout, comment).to.include(`X-Cache: ${word}`);
      if (comment?.includes('with the new name')) expect(stdout).to.include('Updated User A');
      if (comment?.includes('with the new post')) expect(stdout).to.include('New Post A');
    }
  });

  it('says in one line that its port is busy', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;

    const { output, exited } = start({ PORT: String(port) });

    expect(await exited).to.deep.equal([1, null]);
    expect(output()).to.equal(`Port ${port} is busy. Take another: PORT=3001 npm start\n`);
  });

  it('refuses a port that is none', async () => {
    const { output, exited } = start({ PORT: 'http' });
    expect(await exited).to.deep.equal([2, null]);
    expect(output()).to.equal('PORT must be a whole number from 0 to 65535, got "http"\n');
  });
});
