import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { InvalidOptionError } from '@cachewarp/core';
import { CommandError, EXIT } from '../exit-codes.js';
import { configFile } from '../simulate/report/config-file.js';
import { htmlReport } from '../simulate/report/html/html-report.js';
import { textReport } from '../simulate/report/text-report.js';
import { readAgainst, readSimulatedConfig, SIMULATED_SETTINGS } from '../simulate/settings.js';
import { simulate } from '../simulate/simulate.js';
import type { SimulationReport } from '../simulate/simulation-report.js';
import { showProgress } from './show-progress.js';
import type { Print } from './print.js';

/** What the command was asked. */
export interface SimulateCommand {
  readonly files: readonly string[];
  /** Flags by their long names, without dashes. */
  readonly flags: ReadonlyMap<string, string>;
  readonly directory: string;
  readonly input: Readable | undefined;
  /** Where progress is shown; undefined where nobody looks. */
  readonly terminal: Writable | undefined;
}

/**
 * `cachewarp simulate`: what a cache would do for the traffic of an access log.
 * @throws CommandError when a flag is wrong, a log cannot be read, or a file cannot be written
 */
export async function runSimulate(command: SimulateCommand, print: Print): Promise<void> {
  const { flags, directory } = command;
  const settings = new Map([...flags].filter(([name]) => Object.hasOwn(SIMULATED_SETTINGS, name)));
  const config = await readSimulatedConfig(settings, flags.get('config'), directory);
  const named = flags.get('against');
  const against = named === undefined ? undefined : await readAgainst(named, config, directory);
  const progress = showProgress(command.terminal);
  let report: SimulationReport;
  try {
    report = await simulate({ ...command, config, against, progress });
  } catch (error) {
    if (error instanceof InvalidOptionError) throw new CommandError(EXIT.usage, error.message, { cause: error });
    throw error;
  } finally {
    progress.end();
  }
  write(command, 'html', htmlReport, report);
  write(command, 'write-config', configFile, report);
  if (flags.has('json')) print(JSON.stringify(report, undefined, 2));
  else for (const line of textReport(report)) print(line);
}

function write(
  { flags, directory }: SimulateCommand,
  flag: string,
  render: (report: SimulationReport) => string,
  report: SimulationReport,
): void {
  const name = flags.get(flag);
  if (name === undefined) return;
  try {
    writeFileSync(resolve(directory, name), render(report));
  } catch (error) {
    throw new CommandError(EXIT.usage, `--${flag} cannot write ${name}: ${(error as Error).message}`, { cause: error });
  }
}
