import { root } from './bootstrap.mjs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';

/*
 * Does what a new user does: `npm start`, ask each address that it prints, stop it. Fails when one of them does not
 * answer well, when it does not stop on SIGTERM, or when something still answers afterwards.
 */

const patienceMs = 3 * 60_000;

// A group of its own, so that a failing check can end all of it.
const start = spawn('npm', ['start'], {
  cwd: root,
  env: { ...process.env, PORT: '0' },
  stdio: ['ignore', 'pipe', 'inherit'],
  detached: true,
});
const exited = once(start, 'exit');
const tooLate = AbortSignal.timeout(patienceMs);

const late = failWhen(once(tooLate, 'abort'), `npm start did not do its part within ${patienceMs} ms`);

try {
  const output = collect(start.stdout);
  const urls = await Promise.race([useAll(output), failWhen(exited, 'npm start ended by itself'), late]);

  console.log('\nAll of it answers. Stopping.');
  start.kill('SIGTERM');
  await Promise.race([exited, late]);
  for (const url of urls) {
    if (await isAnswered(url)) throw new Error(`${url} is still answered after npm start was stopped`);
  }
  console.log('Stopped; nothing is left running.');
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  endGroup(start.pid);
}
process.exit();

/** Asks what was printed; answers the URLs. */
async function useAll(output) {
  const api = await printed(output, /^The example API listens on (\S+)/m);
  const proxy = await printed(output, /behind the proxy on (http:\/\/[\w.]+:\d+)/);
  const urls = [`${api}/health`, `${proxy}/products/1`];
  for (const url of urls) await answersWell(url);

  const again = await fetch(urls[1]);
  if (again.headers.get('x-cache') !== 'HIT') throw new Error(`${urls[1]} is not a HIT the second time`);
  return urls;
}

async function printed(output, pattern) {
  for (;;) {
    // A line that is complete: the port is all there.
    const found = pattern.exec(output.text.slice(0, output.text.lastIndexOf('\n') + 1));
    if (found) return found[1];
    await once(output.stream, 'data');
  }
}

/** The programs start side by side, and one prints the address of another before that one listens. */
async function answersWell(url) {
  while (!(await isAnswered(url))) await setTimeout(100);
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  console.log(`${url} answered ${response.status}`);
}

function collect(stream) {
  const output = { stream, text: '' };
  stream.on('data', (chunk) => {
    process.stdout.write(chunk);
    output.text += chunk;
  });
  return output;
}

async function failWhen(event, message) {
  await event;
  throw new Error(message);
}

function endGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // ESRCH: all of it has gone, as it should.
    if (error.code !== 'ESRCH') throw error;
  }
}

async function isAnswered(url) {
  try {
    await fetch(url, { signal: AbortSignal.timeout(5_000) });
    return true;
  } catch {
    // Refused: not yet, or no longer.
    return false;
  }
}
