import { existsSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse, YAMLParseError } from 'yaml';
import { CommandError, EXIT } from '../exit-codes.js';
import { isTree, type ConfigTree } from './config-tree.js';

/** Looked for in this order in the working directory. TypeScript is left to those whose Node runs it. */
const NAMES = ['ts', 'mts', 'js', 'mjs', 'json', 'yaml', 'yml'].map((ending) => `cachewarp.config.${ending}`);

/** A configuration file that was read, and its name for messages. */
export interface ConfigFile {
  readonly name: string;
  readonly tree: ConfigTree;
}

/**
 * Reads the file that was named, or the one that is there, or none.
 * @throws CommandError naming the file when it is missing, cannot be read, or holds no object
 */
export async function readConfigFile(named: string | undefined, directory: string): Promise<ConfigFile | undefined> {
  const name = named ?? NAMES.find((candidate) => existsSync(resolve(directory, candidate)));
  if (name === undefined) return undefined;
  const path = resolve(directory, name);
  if (!existsSync(path)) throw fault(name, 'there is no such file');
  const content = /\.[cm]?[jt]s$/.test(name) ? await importFile(name, path) : parseFile(name, path);
  if (content === null || content === undefined) return { name, tree: {} };
  if (!isTree(content)) throw fault(name, 'it must hold an object');
  return { name, tree: content };
}

async function importFile(name: string, path: string): Promise<unknown> {
  try {
    // Node keeps what it has imported: a file that was written anew must go by another name.
    const { mtimeMs } = statSync(path);
    const module = (await import(`${pathToFileURL(path).href}?${mtimeMs}`)) as { default?: unknown };
    if (module.default === undefined) throw new Error('it has no default export');
    return module.default;
  } catch (error) {
    const isUnknownEnding = (error as { code?: unknown }).code === 'ERR_UNKNOWN_FILE_EXTENSION';
    throw fault(
      name,
      isUnknownEnding ? 'this Node does not run TypeScript: write it as .mjs, .json or .yaml' : reasonOf(error),
      error,
    );
  }
}

function parseFile(name: string, path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw fault(name, reasonOf(error), error);
  }
  try {
    // JSON is YAML: one parser serves both, and names the line.
    return parse(text, { prettyErrors: true });
  } catch (error) {
    throw fault(name, error instanceof YAMLParseError ? error.message.split('\n')[0]! : reasonOf(error), error);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function fault(name: string, reason: string, cause?: unknown): CommandError {
  return new CommandError(EXIT.usage, `cannot read the configuration ${name}: ${reason}`, { cause });
}
