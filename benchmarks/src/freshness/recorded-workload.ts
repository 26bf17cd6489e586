import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { ChangingObject, Workload } from './history.js';
import { seededRandom, shuffle, zipfShares } from './random.js';

/** How the requests for recorded objects are made. */
export interface RequestSetup {
  /** Of all objects together, a second. */
  readonly requestsPerS: number;
  readonly zipfExponent: number;
  /** How long is run. */
  readonly durationS: number;
}

/**
 * Reads a history of changes, one object a line: name, seconds since its last change at the beginning, and the seconds of its changes,
 * between commas; the three between tabs. Who is popular is drawn: recordings do not say.
 * @throws Error naming the line that is no such thing
 */
export function recordedWorkload(file: string, setup: RequestSetup, seed: number): Workload {
  const lines = gunzipSync(readFileSync(file)).toString('utf8').split('\n');
  const parsed = lines.flatMap((line, index) =>
    line === '' || line.startsWith('#') ? [] : [parseLine(line, `${file}:${index + 1}`)],
  );
  const shares = shuffle(seededRandom(seed), zipfShares(parsed.length, setup.zipfExponent));
  const objects: ChangingObject[] = parsed.map((object, index) => ({
    ...object,
    requestRate: shares[index]! * setup.requestsPerS,
  }));
  return { objects, durationS: setup.durationS };
}

/** The last change of all in a file, in s: for how long it was recorded, about. */
export function recordedDuration({ objects }: Workload): number {
  return objects.reduce((latest, { changes }) => Math.max(latest, changes.at(-1) ?? 0), 0);
}

function parseLine(line: string, place: string): Omit<ChangingObject, 'requestRate'> {
  const [name = '', quiet = '', list = ''] = line.split('\t');
  const quietS = Number(quiet);
  const changes = Float64Array.from(list === '' ? [] : list.split(','), Number);
  if (quiet === '' || !Number.isFinite(quietS) || changes.some((at) => !Number.isFinite(at))) {
    throw new Error(`${place} is not "object, age, changes" between tabs: ${line.slice(0, 80)}`);
  }
  return { name, quietS, changes: changes.sort() };
}
