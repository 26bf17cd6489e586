import { readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { AdminAddress } from './commands/admin-client.js';
import { explain } from './commands/explain.js';
import type { Print } from './commands/print.js';
import { checkConfig, runProxy } from './commands/proxy.js';
import { purge, type PurgeOptions } from './commands/purge.js';
import { runServer } from './commands/server.js';
import { showConfig } from './commands/show-config.js';
import { runSimulate } from './commands/simulate.js';
import { top } from './commands/top.js';
import { loadConfig, type ConfigInput, type LoadedConfig } from './config/load-config.js';
import { loadServerConfig } from './config/load-server-config.js';
import { SERVER_SETTINGS } from './config/server-settings.js';
import { clear } from './commands/clear.js';
import type { Config } from './config/config-schema.js';
import type { Setting } from './config/setting.js';
import { STORE_SETTINGS } from './config/store-settings.js';
import { SETTINGS } from './config/settings.js';
import { CommandError, EXIT } from './exit-codes.js';
import { SIMULATED_SETTINGS } from './simulate/settings.js';

/** What the command line works with. Tests give their own. */
export interface CliContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
  readonly print: Print;
  readonly printError: Print;
  /** Standard input, for commands that read it. */
  readonly input?: Readable;
  /** Where progress is shown; absent where nobody looks. */
  readonly terminal?: Writable;
}

const HELP = `
Examples:
  $ cachewarp proxy --origin https://api.example.com --port 3000 --cache-ttl 30s
  $ cachewarp server --port 8000 --memory 256mb
  $ cachewarp purge --tag team:7
  $ cachewarp explain http://localhost:3000/users/1
  $ cachewarp simulate access.log --ttl 5m --html report.html
  $ cachewarp top
  $ cachewarp config --cache-ttl 5m

Exit codes: 0 done; 1 unexpected failure; 2 a flag, variable or configuration is wrong or missing; 3 the address to listen on
is taken or not allowed; 4 the admin API does not answer, or refuses.`;

/** Runs the command line. @returns the exit code */
export async function runCli(args: readonly string[], context: CliContext): Promise<number> {
  const program = makeProgram(context);
  try {
    await program.parseAsync(args, { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (!(error instanceof CommandError)) throw error;
    context.printError(`cachewarp: ${error.message}`);
    return error.exitCode;
  }
}

function makeProgram(context: CliContext): Command {
  const { print, printError } = context;
  const program = new Command('cachewarp')
    .description('One cache for a whole TypeScript backend: the caching proxy and its tools.')
    .version(readVersion(), '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .addHelpText('after', HELP)
    .exitOverride()
    .showHelpAfterError('(cachewarp --help shows the commands and flags)')
    .configureOutput({ writeOut: (text) => print(text.trimEnd()), writeErr: (text) => printError(text.trimEnd()) });

  const proxy = withSettings(program.command('proxy').description('cache a legacy origin, with no change to it'));
  proxy
    .option('--clear-cache', 'clear the cache on disk, or that of the proxy that is running, and end')
    .action(async (flags: Flags) => {
      if (flags['clearCache'] === true) return clearBy(flags, context);
      await runProxy(() => load(flags, context), print, printError);
    });

  withSettings(program.command('server').description('a cache for any language over HTTP'), SERVER_SETTINGS).action(
    async (flags: Flags) =>
      runServer(await loadServerConfig(inputOf(flags, context, SERVER_SETTINGS)), print, printError),
  );

  withAdmin(
    program.command('purge').description('invalidate answers of the running proxy: they are never served again'),
  )
    .option('--key <key>', 'one key, such as GET:http://localhost:3000/users/1')
    .option('--tag <tag>', 'everything with this tag')
    .option('--prefix <prefix>', 'every key that begins with this')
    .option('--all', 'everything')
    .option('--soft', 'only expire: stale copies may still be served within their windows')
    .option('--dry-run', 'only count')
    .option('--json', 'print JSON')
    .action(async (flags: Flags & PurgeOptions) => purge(flags, await adminOf(flags, context), print));

  const clearing = withAdmin(program.command('clear').description('empty the cache: on disk, or of the running proxy'));
  for (const setting of STORE_SETTINGS) if (CLEARED_BY.has(setting.path)) clearing.addOption(optionOf(setting));
  clearing.option('--json', 'print JSON').action(async (flags: Flags) => clearBy(flags, context));

  withAdmin(program.command('explain').description('what a request would get now, and why, step by step'))
    .argument('<url or key>', 'URL as clients ask for it, or a key')
    .option('--json', 'print JSON')
    .action(async (what: string, flags: Flags & { json?: boolean }) =>
      explain(what, await adminOf(flags, context), flags, print),
    );

  withAdmin(
    program
      .command('top')
      .description('the running proxy, live: ratios, routes, keys, origins, misses; ? shows the keys'),
  )
    .option('--once', 'print what is known now, and end (as without a terminal)')
    .option('--json', 'print it as JSON, once')
    .action(async (flags: Flags & { once?: boolean; json?: boolean }) =>
      top(
        await adminOf(flags, context),
        flags,
        { input: process.stdin, output: process.stdout, env: context.env },
        print,
      ),
    );

  withSettings(
    program.command('config').description('print the configuration in force, and where each value comes from'),
  )
    .option('--json', 'print JSON')
    .action(async (flags: Flags & { json?: boolean }) => showConfig(await load(flags, context), flags, print));

  addSimulate(program, context);

  for (const command of program.commands) command.helpOption('--help', 'print this help').exitOverride();
  return program;
}

function addSimulate(program: Command, { directory, input, terminal, print }: CliContext): void {
  const command = program
    .command('simulate')
    .description('what a cache would do for the traffic of an access log: common, combined or JSON, gzip too')
    .argument('<logs...>', 'files in any order; - is standard input');
  for (const [name, { placeholder, help }] of Object.entries(SIMULATED_SETTINGS)) {
    command.option(`--${name} <${placeholder}>`, help);
  }
  command
    .option('--config <file>', "a configuration of the proxy's, in place of these settings or under them")
    .option('--against <settings>', "another configuration beside it: 'ttl=5m,policy=lru', or a file")
    .option('--html <file>', 'write a report that stands by itself')
    .option('--write-config <file>', 'write the recommended configuration, for cachewarp proxy --config')
    .option('--json', 'print JSON')
    .action(async (files: string[], given: Flags) => {
      const flags = new Map(command.options.flatMap((option) => flagOf(option, given)));
      await runSimulate({ files, flags, directory, input, terminal }, print);
    });
}

/** A flag that was given, by its long name. */
function flagOf(option: Option, given: Flags): [name: string, text: string][] {
  const value = given[option.attributeName()];
  return value === undefined ? [] : [[option.long!.slice(2), String(value as string | true)]];
}

type Flags = Readonly<Record<string, unknown>>;

/** The flags of every setting that has one, and the file they are laid over. */
function withSettings(command: Command, settings: readonly Setting[] = SETTINGS): Command {
  for (const setting of settings) {
    if (setting.flag === undefined) continue;
    command.addOption(optionOf(setting));
  }
  return command.option(
    '--config <file>',
    'configuration file (cachewarp.config.{ts,mts,js,mjs,json,yaml} of this directory)',
  );
}

function optionOf({ flag, placeholder, help }: Setting): Option {
  return new Option(placeholder === undefined ? `--${flag}` : `--${flag} <${placeholder}>`, help);
}

/** Settings that say which cache is meant, where no proxy has to run. */
const CLEARED_BY: ReadonlySet<string> = new Set(['store', 'disk.path']);

function withAdmin(command: Command): Command {
  return command
    .option('--admin <url>', 'address of the admin API (from the configuration, else http://127.0.0.1:9191)', readUrl)
    .option('--config <file>', 'configuration file');
}

function readUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new InvalidArgumentError(`It must be a URL such as http://127.0.0.1:9191, got '${text}'.`);
}

function load(flags: Flags, context: CliContext): Promise<LoadedConfig> {
  return loadConfig(inputOf(flags, context, SETTINGS), checkConfig);
}

function inputOf(flags: Flags, { env, directory }: CliContext, settings: readonly Setting[]): ConfigInput {
  const given: Record<string, string | undefined> = {};
  for (const { flag } of settings) {
    const value = flag === undefined ? undefined : flags[camelCase(flag)];
    if (flag !== undefined && value !== undefined) given[flag] = String(value as string | true);
  }
  return { flags: given, file: flags['config'] as string | undefined, env, directory };
}

/** Where the running proxy's admin API is, by the same configuration that it was started with. */
async function adminOf(flags: Flags, context: CliContext): Promise<AdminAddress> {
  return adminAddress((await load(flags, context)).config, flags);
}

async function clearBy(flags: Flags, context: CliContext): Promise<void> {
  const { config } = await load(flags, context);
  return clear(config, () => adminAddress(config, flags), { json: flags['json'] === true }, context.print);
}

function adminAddress(config: Config, flags: Flags): AdminAddress {
  const named = flags['admin'] as string | undefined;
  if (config.admin === false) {
    if (named !== undefined) return { url: named, token: undefined };
    throw new CommandError(EXIT.usage, 'admin is false in the configuration: there is no admin API to ask');
  }
  const { host = '127.0.0.1', port, token } = config.admin;
  return { url: named ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`, token };
}

function camelCase(flag: string): string {
  return flag.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function readVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  return manifest.version;
}
