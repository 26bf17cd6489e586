import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/**
 * Where disk stores lie unless they are told otherwise: `$XDG_CACHE_HOME/cachewarp`, or `~/.cache/cachewarp` where that is not set or not
 * absolute (XDG Base Directory Specification 0.8).
 */
export function defaultDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const given = environment['XDG_CACHE_HOME'];
  const base = given !== undefined && isAbsolute(given) ? given : join(homedir(), '.cache');
  return join(base, 'cachewarp');
}
