import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import type { z } from 'zod';
import { CommandError, EXIT } from '../exit-codes.js';
import { readConfigFile } from './config-file.js';
import { configSchema, type Config } from './config-schema.js';
import { copyTree, leavesOf, setAt, valueAt, type ConfigTree } from './config-tree.js';
import { withSecretFiles } from './secret-files.js';
import type { Setting } from './setting.js';
import { SETTINGS } from './settings.js';

/** Where a configuration comes from. */
export interface ConfigInput {
  /** Flags that were given, by their long names. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  /** The configuration file, if it was named. */
  readonly file?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where `.env` and the configuration file are looked for. */
  readonly directory: string;
}

/** A configuration that holds, and how it came about. */
export interface LoadedConfig {
  readonly config: Config;
  /** Where each value came from, by path: `--port`, `CACHE_DEFAULT_TTL`, `cachewarp.config.yaml`, `default`. */
  readonly sources: ReadonlyMap<string, string>;
}

/** One fault of a configuration: where it stands, what is wrong, and who said so. */
export interface ConfigFault {
  readonly path: string;
  readonly message: string;
}

/**
 * Reads the configuration: flags before environment (and `.env`) before file before defaults, checked as a whole.
 * @param check - looks at the parts in depth; answers every fault it finds
 * @throws CommandError listing every fault with its path, its value and where it came from
 */
export async function loadConfig(
  input: ConfigInput,
  check: (config: Config) => readonly ConfigFault[],
): Promise<LoadedConfig> {
  const file = await readConfigFile(input.file, input.directory);
  const env = withSecretFiles({ ...readDotEnv(input.directory), ...input.env });
  const tree = copyTree(file?.tree ?? {});
  const sources = new Map<string, string>();
  for (const [path] of leavesOf(tree)) sources.set(path, file!.name);
  layOver(tree, sources, (name) => input.flags[name], env);

  const parsed = configSchema.safeParse(tree);
  const faults = parsed.success ? check(parsed.data) : faultsInAll(tree, parsed.error.issues, check);
  if (faults.length > 0) throw new CommandError(EXIT.usage, describe(faults, sources));
  const config = parsed.data!;
  for (const [path] of leavesOf(config)) if (!sources.has(path)) sources.set(path, 'default');
  return { config, sources };
}

/** The faults of the shape, and those in depth of the sections whose shape is sound. */
function faultsInAll(
  tree: ConfigTree,
  issues: readonly z.core.$ZodIssue[],
  check: (config: Config) => readonly ConfigFault[],
): readonly ConfigFault[] {
  const sound = { ...tree };
  for (const issue of issues) {
    const faulty = issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : [String(issue.path[0])];
    for (const name of faulty) delete sound[name];
  }
  const ofShape = issues.flatMap((issue) => faultsOf(issue, tree));
  const rest = configSchema.safeParse(sound);
  return rest.success ? [...ofShape, ...check(rest.data)] : ofShape;
}

/** Lays flags and variables over a tree, and notes where each value came from. */
export function layOver(
  tree: ConfigTree,
  sources: Map<string, string>,
  flag: (name: string) => string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  settings: readonly Setting[] = SETTINGS,
): void {
  for (const { path, flag: name, env: variables, read } of settings) {
    const given = name === undefined ? undefined : flag(name);
    const variable = variables.find((candidate) => (env[candidate] ?? '') !== '');
    const text = given ?? (variable === undefined ? undefined : env[variable]);
    if (text === undefined) continue;
    setAt(tree, path, read(text));
    sources.set(path, given === undefined ? variable! : `--${name}`);
  }
  nameStore(tree, sources);
}

/** Who says where Redis is, as older set-ups do, and not what is to be behind the memory, means Redis. */
function nameStore(tree: ConfigTree, sources: Map<string, string>): void {
  if (tree['store'] !== undefined) return;
  const said = ['redis.url', 'redis.host'].find((path) => valueAt(tree, path.split('.')) !== undefined);
  if (said === undefined) return;
  tree['store'] = 'redis';
  sources.set('store', sources.get(said)!);
}

/** The variables of the directory's `.env`; none where there is no such file. */
export function readDotEnv(directory: string): Record<string, string | undefined> {
  const path = resolve(directory, '.env');
  return existsSync(path) ? parseEnv(readFileSync(path, 'utf8')) : {};
}

/** The faults that one issue of the schema stands for. */
export function faultsOf(
  issue: { code: string; path: PropertyKey[]; message: string; keys?: string[] },
  tree: ConfigTree,
): ConfigFault[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return (issue.keys ?? []).map((key) => ({ path: [...path, key].join('.'), message: 'is not an option' }));
  }
  const value = valueAt(tree, issue.path);
  return [{ path: path.join('.'), message: `${lowerFirst(issue.message)}, got ${JSON.stringify(value)}` }];
}

/** All faults in a message of a line, or of a line each. */
export function describe(faults: readonly ConfigFault[], sources: ReadonlyMap<string, string>): string {
  const lines = faults.map(({ path, message }) => {
    const source = sources.get(path);
    return `${path} ${message}${source === undefined ? '' : ` (from ${source})`}`;
  });
  return lines.length === 1 ? lines[0]! : `the configuration has ${lines.length} faults:\n  ${lines.join('\n  ')}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
