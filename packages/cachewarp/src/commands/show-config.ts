import { leavesOf } from '../config/config-tree.js';
import type { LoadedConfig } from '../config/load-config.js';
import { SETTINGS } from '../config/settings.js';
import type { Print } from './print.js';

const SECRETS = new Set(SETTINGS.filter(({ isSecret }) => isSecret === true).map(({ path }) => path));

/** `cachewarp config`: the configuration as it is in force, and where each value came from. Secrets are not shown. */
export function showConfig({ config, sources }: LoadedConfig, options: { json?: boolean }, print: Print): void {
  const rows = [...leavesOf(config)]
    .filter(([, value]) => value !== undefined)
    .map(([path, value]) => ({
      path,
      value: SECRETS.has(path) ? '(set)' : value,
      source: sources.get(path) ?? 'default',
    }));
  if (options.json === true) return print(JSON.stringify(rows));
  const width = Math.max(...rows.map(({ path }) => path.length));
  for (const { path, value, source } of rows) print(`${path.padEnd(width)}  ${JSON.stringify(value)}  (${source})`);
}
