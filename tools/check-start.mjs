import { root } from './bootstrap.mjs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/*
 * Does what a new user does: `npm start`, ask the address that it prints, stop it. Fails when no address comes, when
 * its /health is not well, when it does not stop on SIGTERM, or when something still answers afterwards.
 */

const patienceMs = 5 * 60_000;

// A group of its own, so that a failing check can end all of it.
const start = spawn('npm', ['start'], {
  cwd: root,
  env: { ...process.env, PORT: '0' },
  stdio: ['ignore', 'pipe', 'inherit'],
  detached: true,
});
const exited = once(start, 'exit');
const tooLate = AbortSignal.timeout(patienceMs);

try {
  const address = await Promise.race([
    printedAddress(start.stdout),
    failWhen(exited, 'npm start ended by itself'),
    failWhen(once(tooLate, 'abort'), `npm start printed no address within ${patienceMs} ms`),
  ]);
  const health = await fetch(`${address}/health`, { signal: tooLate });
  if (!health.ok) throw new Error(`${address}/health answered ${health.status}`);
  console.log(`\n${address}/health answered ${health.status}. Stopping.`);
  start.kill('SIGTERM');
  await Promise.race([exited, failWhen(once(tooLate, 'abort'), `npm start did not stop within ${patienceMs} ms`)]);
  if (await answers(address)) throw new Error(`something still answers at ${address} after npm start was stopped`);
  console.log('Stopped; nothing is left running.');
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  endGroup(start.pid);
}
process.exit();

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

async function printedAddress(output) {
  let text = '';
  return new Promise((resolve) => {
    output.on('data', (chunk) => {
      process.stdout.write(chunk);
      text += chunk;
      const address = /http:\/\/[\w.-]+:[1-9]\d*/.exec(text)?.[0];
      // Only when its line is complete is the port all there.
      if (address && text.includes('\n', text.indexOf(address))) resolve(address);
    });
  });
}

async function answers(address) {
  try {
    await fetch(`${address}/health`, { signal: AbortSignal.timeout(2_000) });
    return true;
  } catch {
    // Refused, as it should be.
    return false;
  }
}
