import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { interleave, median, type Contestant, type Measured } from '../harness/interleave.js';
import { printTable } from '../harness/table.js';
import { BASE, SUBJECTS } from './subjects.js';
import type { Figures } from './worker.js';

const ROUNDS = 9;
const WORKER = fileURLToPath(new URL('worker.js', import.meta.url));

/** Question: what does each eviction policy cost, in time and memory, with keys of 50 characters, beside lru-cache? */
export async function benchEvictionCost(): Promise<void> {
  const contestants = Object.keys(SUBJECTS).map((name): Contestant<Figures> => ({
    name,
    measure: () => measureInNewProcess(name),
  }));
  const measured = await interleave(contestants, ROUNDS);
  const print = (title: string, figure: Timed): void =>
    printTable(
      title,
      'CPU ns',
      measured.map((each) => only(figure, each)),
      BASE,
    );
  print('Hit among 10,000 entries, the keys being those that are held', 'hit');
  print('Hit among 10,000 entries, keys made for the request', 'newKeyHit');
  const mixed = 'Get, or set and evict: 10,000 entries for 50,000 keys under Zipf';
  print(`${mixed}, the keys being the same strings each time`, 'getOrSet');
  print(`${mixed}, keys made for the request`, 'newKeyGetOrSet');
  console.log('\nMemory of the policy itself, bytes an entry, 100,000 entries:');
  for (const { name, rounds } of measured) {
    const bytes = rounds.flatMap((figures) => figures.bytes ?? []);
    if (bytes.length > 0) console.log(`  ${name}: ${median(bytes).toFixed(0)}`);
  }
}

type Timed = Exclude<keyof Figures, 'bytes'>;

function only(figure: Timed, { name, rounds }: Measured<Figures>): Measured {
  return { name, rounds: rounds.map((figures) => figures[figure]) };
}

async function measureInNewProcess(name: string): Promise<Figures> {
  const worker = fork(WORKER, [name], { execArgv: ['--expose-gc'] });
  const [figures] = (await once(worker, 'message')) as [Figures];
  worker.kill();
  await once(worker, 'exit');
  return figures;
}
