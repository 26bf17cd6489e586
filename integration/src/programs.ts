import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A real program that the tests run against. */
export type ProgramName = 'nginx' | 'chromium' | 'curl' | 'redis' | 'promtool' | 'memcached' | 'python3';

const finder = fileURLToPath(new URL('../../tools/programs.mjs', import.meta.url));
const found = new Map<ProgramName, string>();

/**
 * The path of a real program: `npm test` has fetched it before, so this is quick; without that the first call may
 * fetch it, which takes some seconds.
 *
 * @throws Error when there is none, saying what was tried and what to install. A test that needs it fails with that.
 */
export function programPath(name: ProgramName): string {
  const known = found.get(name);
  if (known !== undefined) return known;
  const { status, stdout, stderr } = spawnSync(process.execPath, [finder, name], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr.trim());
  const path = stdout.trim();
  found.set(name, path);
  return path;
}
