import { spawn } from 'node:child_process';

const patienceMs = 10_000;

/**
 * Runs Node programs side by side as one: SIGINT and SIGTERM stop them all, and when one ends the others are stopped
 * too. Settles with the exit code when the last has gone; nothing is left running.
 *
 * @param programs `{ name, args, env? }`, started in this order
 */
export async function supervise(programs, { cwd, stdio = 'inherit', patience = patienceMs } = {}) {
  let exitCode;
  const running = new Set();

  const stop = () => {
    for (const child of running) child.kill('SIGTERM');
    setTimeout(() => {
      for (const child of running) child.kill('SIGKILL');
    }, patience).unref();
  };
  const stopAsAsked = () => {
    exitCode ??= 0;
    stop();
  };
  process.on('SIGINT', stopAsAsked);
  process.on('SIGTERM', stopAsAsked);

  const ends = programs.map(
    ({ name, args, env }) =>
      new Promise((resolve) => {
        const child = spawn(process.execPath, args, { cwd, stdio, env: { ...process.env, ...env } });
        running.add(child);
        child.once('error', (error) => {
          console.error(`${name} did not start: ${error.message}`);
          running.delete(child);
          exitCode ??= 1;
          stop();
          resolve();
        });
        child.once('exit', (code, signal) => {
          running.delete(child);
          if (exitCode === undefined) {
            if (code !== 0) console.error(`${name} ended with ${signal ?? `exit code ${code}`}`);
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
  return exitCode;
}
