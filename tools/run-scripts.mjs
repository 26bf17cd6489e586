import { spawnSync } from 'node:child_process';

/**
 * Runs npm scripts one after the other, all of them also when one fails, and names those that failed.
 *
 * @returns the exit code: 0 when every script ended with 0
 */
export function runScripts(names, { cwd }) {
  const failed = names.filter((name) => {
    console.log(`\n> ${name}`);
    const shell = process.platform === 'win32';
    return spawnSync('npm', ['run', '--silent', name], { cwd, stdio: 'inherit', shell }).status !== 0;
  });
  if (failed.length > 0) console.error(`\nFailed: ${failed.join(', ')}`);
  return failed.length > 0 ? 1 : 0;
}
