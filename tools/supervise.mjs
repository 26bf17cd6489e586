import { spawn } from 'node:child_process';

const patienceMs = 10_000;
const parentCheckMs = 500;

/**
 * Runs Node programs side by side as one: SIGINT, SIGTERM and the death of our parent stop them all, and when one ends
 * the others are stopped too. Settles with the exit code when the last has gone; nothing is left running.
 *
 * @param programs `{ args, name?, env? }`, started in this order; the end of a named one is told
 * @param options.codeWhenStopped the exit code after a signal: a server that was stopped has done well, a test run has not
 */
export async function supervise(programs, { cwd, patience = patienceMs, codeWhenStopped = 0 } = {}) {
  let exitCode;
  const running = new Set();

  const stop = () => {
    for (const child of running) child.kill('SIGTERM');
    setTimeout(() => {
      for (const child of running) child.kill('SIGKILL');
    }, patience).unref();
  };
  const stopAsAsked = () => {
    exitCode ??= codeWhenStopped;
    stop();
  };
  process.on('SIGINT', stopAsAsked);
  process.on('SIGTERM', stopAsAsked);
  // A parent that was killed (npm, a shell) cannot pass the signal on; then another process becomes our parent.
  const parent = process.ppid;
  const parentCheck = setInterval(() => {
    if (process.ppid !== parent) stopAsAsked();
  }, parentCheckMs);
  parentCheck.unref();

  const ends = programs.map(
    ({ name, args, env }) =>
      new Promise((resolve) => {
        const child = spawn(process.execPath, args, { cwd, stdio: 'inherit', env: { ...process.env, ...env } });
        running.add(child);
        child.once('error', (error) => {
          console.error(`${name ?? args[0]} did not start: ${error.message}`);
          running.delete(child);
          exitCode ??= 1;
          stop();
          resolve();
        });
        child.once('exit', (code, signal) => {
          running.delete(child);
          if (exitCode === undefined) {
            if (code !== 0 && name) console.error(`${name} ended with ${signal ?? `exit code ${code}`}`);
            exitCode = code ?? 1;
            stop();
          }
          resolve();
        });
      }),
  );
  await Promise.all(ends);
  process.off('SIGINT', stopAsAsked);
  process.off('SIGTERM', stopAsAsked);
  clearInterval(parentCheck);
  return exitCode;
}
