import { CommandError, EXIT } from '../exit-codes.js';
import { askAdmin, type AdminAddress } from './admin-client.js';
import type { Print } from './print.js';

/** What to purge: exactly one of the first four. */
export interface PurgeOptions {
  readonly key?: string;
  readonly tag?: string;
  readonly prefix?: string;
  readonly all?: boolean;
  /** Expire instead: stale copies may still be served within their windows. */
  readonly soft?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const TARGETS = ['key', 'tag', 'prefix', 'all'] as const;

/** `cachewarp purge` and `cachewarp clear`: an operator's invalidation, by the admin API of a running proxy. */
export async function purge(options: PurgeOptions, address: AdminAddress, print: Print): Promise<void> {
  const named = TARGETS.filter((target) => options[target] !== undefined);
  const [target] = named;
  if (target === undefined || named.length > 1) {
    const got = named.length === 0 ? 'none' : named.map((name) => `--${name}`).join(' and ');
    throw new CommandError(EXIT.usage, `name one of --key, --tag, --prefix or --all, got ${got}`);
  }
  const { soft = false, dryRun = false } = options;
  const answer = await askAdmin(address, '/invalidate', {
    [target]: options[target],
    soft,
    dryRun,
    reason: 'command line',
  });
  if (options.json === true) return print(JSON.stringify(answer));
  const what = target === 'all' ? 'everything' : `${target} ${options[target] as string}`;
  const { entries } = answer as { entries?: number };
  const count = entries === undefined ? '' : ` (${entries} ${entries === 1 ? 'entry' : 'entries'} in memory)`;
  print(`${dryRun ? 'would ' : ''}${soft ? 'expire' : 'purge'}${dryRun ? '' : 'd'} ${what}${count}`);
}
