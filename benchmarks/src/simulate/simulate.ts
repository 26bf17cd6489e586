import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { accessLog } from './access-log.js';

const BIN = fileURLToPath(new URL('../../../packages/cachewarp/bin/cachewarp.js', import.meta.url));
const LINES = 1_000_000;
const LINES_PER_CHUNK = 5_000;
/** Tells at the end what the program has used. */
const METER = `data:text/javascript,process.on('exit',()=>process.stderr.write(JSON.stringify(process.resourceUsage())))`;

/** How long `cachewarp simulate` takes for a log of 1,000,000 lines, how much memory at its peak, and what it finds. */
export async function benchSimulate(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'cachewarp-simulate-'));
  try {
    const path = join(directory, 'access.log');
    await pipeline(Readable.from(chunks()), createWriteStream(path));
    const { seconds, maxMegabytes, cpuSeconds, hitRatio } = await run(path);
    console.log(`${LINES} lines, ${Math.round(statSync(path).size / 2 ** 20)} MB`);
    console.log(`${seconds.toFixed(1)} s (${cpuSeconds.toFixed(1)} s of processor time), at most ${maxMegabytes} MB`);
    console.log(`hit ratio ${(100 * hitRatio).toFixed(1)} %`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function* chunks(): Generator<string> {
  let lines: string[] = [];
  for (const line of accessLog({ lines: LINES })) {
    if (lines.push(line) < LINES_PER_CHUNK) continue;
    yield `${lines.join('\n')}\n`;
    lines = [];
  }
  yield lines.join('\n');
}

interface Used {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly maxMegabytes: number;
  readonly hitRatio: number;
}

async function run(path: string): Promise<Used> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, ['--import', METER, BIN, 'simulate', path, '--json']);
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (data: Buffer) => out.push(data));
  child.stderr.on('data', (data: Buffer) => err.push(data));
  const [code] = (await once(child, 'close')) as [number];
  const told = Buffer.concat(err).toString();
  if (code !== 0) throw new Error(`simulate ended with ${code}: ${told}`);
  const usage = JSON.parse(told) as NodeJS.ResourceUsage;
  const { results } = JSON.parse(Buffer.concat(out).toString()) as { results: { hitRatio: number }[] };
  return {
    seconds: (performance.now() - startedAt) / 1000,
    cpuSeconds: (usage.userCPUTime + usage.systemCPUTime) / 1e6,
    maxMegabytes: Math.round(usage.maxRSS / 1024),
    hitRatio: results[0]!.hitRatio,
  };
}
