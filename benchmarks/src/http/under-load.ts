import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Contestant, Measured } from '../harness/interleave.js';
import { printTable } from '../harness/table.js';
import { BODY } from './servers/body.js';
import type { ServerProcess } from './server-process.js';
import { runWrk } from './wrk.js';

/** What one server did in one round. */
export interface ServerFigures {
  /** CPU time of the server a request, user and system, its child processes included. */
  readonly cpuUs: number;
  readonly perSecond: number;
  readonly p99Us: number;
}

const SECONDS = 2;

/** A server under load by a script. */
export function underLoad(
  name: string,
  server: ServerProcess,
  { folder, path, script }: { folder: string; path: string; script: string },
): Contestant<ServerFigures> {
  const scriptPath = join(folder, `${name.replace(/\W+/g, '-')}.lua`);
  writeFileSync(scriptPath, script);
  return {
    name,
    measure: async () => {
      const before = server.cpuTime;
      const { requests, perSecond, p99Us } = await runWrk(server.url + path, SECONDS, scriptPath);
      return { cpuUs: (server.cpuTime - before) / requests, perSecond, p99Us };
    },
  };
}

/** Three tables of the same rounds: CPU time a request, which is what counts, requests a second, and the slowest of a hundred. */
export function printFigures(title: string, measured: readonly Measured<ServerFigures>[], baseName: string): void {
  const pick = (figure: keyof ServerFigures): Measured[] =>
    measured.map(({ name, rounds }) => ({ name, rounds: rounds.map((round) => round[figure]) }));
  printTable(`${title}: CPU time of the server`, 'µs a request', pick('cpuUs'), baseName);
  printTable(`${title}: throughput`, 'requests/s', pick('perSecond'), baseName);
  printTable(`${title}: 99th percentile`, 'µs', pick('p99Us'), baseName);
}

/**
 * Makes sure that what is to be measured is what is measured.
 *
 * @throws Error, rejected, when the body is another, or X-Cache is not `word`
 */
export async function expectAnswer(url: string, word?: string): Promise<void> {
  const response = await fetch(url);
  const body = await response.text();
  const said = response.headers.get('x-cache') ?? undefined;
  if (response.status !== 200 || body !== BODY) throw new Error(`${url} answered ${response.status}: ${body}`);
  if (word !== undefined && said !== word) throw new Error(`${url} should be a ${word}; X-Cache says ${String(said)}`);
}
