import { readFileSync } from 'node:fs';
import { CommandError, EXIT } from '../exit-codes.js';
import type { Setting } from './setting.js';
import { SETTINGS } from './settings.js';

/**
 * The environment with secrets that stand in files: `CACHEWARP_ADMIN_TOKEN_FILE=/run/secrets/token` is as if the variable without `_FILE`
 * held what the file holds, without the end of its line. That is how container platforms hand secrets over, which would be seen in the
 * environment.
 *
 * @throws CommandError when a file cannot be read, or both variables are set
 */
export function withSecretFiles(
  env: Readonly<Record<string, string | undefined>>,
  settings: readonly Setting[] = SETTINGS,
): Record<string, string | undefined> {
  const known = { ...env };
  for (const name of settings.filter(({ isSecret }) => isSecret).flatMap(({ env: names }) => names)) {
    const path = env[`${name}_FILE`] ?? '';
    if (path === '') continue;
    if ((env[name] ?? '') !== '') {
      throw new CommandError(EXIT.usage, `${name}_FILE must not be set beside ${name}: only one of them can count`);
    }
    known[name] = readSecret(`${name}_FILE`, path);
  }
  return known;
}

function readSecret(variable: string, path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new CommandError(EXIT.usage, `${variable} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
