import { CommandError, EXIT } from '../exit-codes.js';
import { readConfigFile } from './config-file.js';
import { copyTree, isTree } from './config-tree.js';
import { describe, faultsOf, layOver, readDotEnv, type ConfigInput } from './load-config.js';
import { serverSchema, type ServerConfig } from './server-schema.js';
import { SERVER_SETTINGS } from './server-settings.js';

/**
 * Reads the configuration of `cachewarp server`: flags before environment (and `.env`) before the section `server` of the file before
 * defaults.
 * @throws CommandError listing every fault with its path, its value and where it came from
 */
export async function loadServerConfig(input: ConfigInput): Promise<ServerConfig> {
  const file = await readConfigFile(input.file, input.directory);
  const env = { ...readDotEnv(input.directory), ...input.env };
  const given = file?.tree['server'] ?? {};
  if (!isTree(given)) throw new CommandError(EXIT.usage, `server must be an object (from ${file!.name})`);
  const tree = copyTree(given);
  const sources = new Map<string, string>();
  layOver(tree, sources, (name) => input.flags[name], env, SERVER_SETTINGS);
  const parsed = serverSchema.safeParse(tree);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.flatMap((issue) => faultsOf(issue, tree));
  throw new CommandError(EXIT.usage, describe(faults, sources));
}
