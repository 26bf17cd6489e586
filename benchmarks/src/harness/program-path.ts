import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const finder = fileURLToPath(new URL('../../../tools/programs.mjs', import.meta.url));

/** There is no such program, and it could not be fetched. The message says what to do. */
export class MissingProgramError extends Error {
  override readonly name = 'MissingProgramError';
}

/**
 * The path of a real program: on the PATH, where its environment variable says, or a private copy of Debian's package, which the first
 * call fetches.
 *
 * @throws MissingProgramError when there is none, saying what was tried and what to install
 */
export function programPath(name: 'nginx' | 'wrk'): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [finder, name], { encoding: 'utf8' });
  if (status !== 0) throw new MissingProgramError(stderr.trim());
  return stdout.trim();
}
