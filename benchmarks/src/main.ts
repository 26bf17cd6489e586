import 'reflect-metadata';
import { benchEvictionCost } from './eviction-cost/eviction-cost.js';
import { benchHitRatio } from './hit-ratio/hit-ratio.js';
import { benchDisk } from './disk/disk.js';
import { benchFreshness } from './freshness/freshness.js';
import { MissingProgramError } from './harness/program-path.js';
import { benchKoa } from './http/koa.js';
import { benchProxy } from './http/proxy.js';
import { benchServer } from './http/server.js';
import { benchHit } from './in-process/hit.js';
import { benchMiss } from './in-process/miss.js';
import { benchStampede } from './in-process/stampede.js';
import { benchRedis } from './redis/redis.js';
import { benchSimulate } from './simulate/simulate.js';

const benchmarks: Record<string, () => Promise<void>> = {
  hit: benchHit,
  miss: benchMiss,
  stampede: benchStampede,
  proxy: benchProxy,
  server: benchServer,
  koa: benchKoa,
  redis: benchRedis,
  'eviction-cost': benchEvictionCost,
  simulate: benchSimulate,
  disk: benchDisk,
};

/** Those that take a folder, and so stand alone: `npm run bench -- hit-ratio TRACES`. They answer whether all is as promised. */
const checks: Record<string, (...args: string[]) => boolean | Promise<boolean>> = {
  'hit-ratio': benchHitRatio,
  freshness: benchFreshness,
};

const names = process.argv.slice(2);
const check = checks[names[0] ?? ''];
if (check !== undefined) process.exit((await check(...names.slice(1))) ? 0 : 1);
const unknown = names.filter((name) => !(name in benchmarks));
if (unknown.length > 0 || names.length === 0) {
  console.error(
    `${unknown.length > 0 ? `there is no benchmark ${unknown.join(', ')}; ` : ''}choose from: ${[...Object.keys(benchmarks), ...Object.keys(checks)].join(', ')}`,
  );
  process.exitCode = 2;
} else {
  try {
    for (const name of names) await benchmarks[name]!();
  } catch (error) {
    if (!(error instanceof MissingProgramError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
  // Some peers keep timers or connections open.
  process.exit();
}
