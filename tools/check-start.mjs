import { root } from './bootstrap.mjs';
import { spawn } from 'node:child_process';

/*
 * Does what a new user does: `npm start`, ask the address that it prints, stop it. Fails when no address comes, when
 * its /health is not well, when it does not stop on SIGTERM, or when something still answers afterwards.
 */

const patienceMs = 5 * 60_000;
const timeout = AbortSignal.timeout(patienceMs);

const start = spawn('npm', ['start'], {
  cwd: root,
  env: { ...process.env, PORT: '0' },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const ended = new Promise((resolve) => start.once('close', (code, signal) => resolve(signal ?? code)));
timeout.addEventListener('abort', () => {
  console.error(`npm start did not do its part within ${patienceMs / 60_000} minutes.`);
  process.exitCode = 1;
  start.kill('SIGKILL');
});

try {
  const address = await Promise.race([
    printedAddress(start.stdout),
    ended.then((how) => Promise.reject(new Error(`npm start ended (${how}) before it printed an address`))),
  ]);
  const health = await fetch(`${address}/health`, { signal: timeout });
  if (!health.ok) throw new Error(`${address}/health answered ${health.status}`);
  console.log(`\n${address}/health answered ${health.status}. Stopping.`);
  start.kill('SIGTERM');
  await ended;
  if (await answers(address)) throw new Error(`something still answers at ${address} after npm start was stopped`);
  console.log('Stopped; nothing is left running.');
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  start.kill('SIGTERM');
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
