import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { EVICTION_POLICIES } from '@cachewarp/core';
import { interleave, type Contestant } from '../harness/interleave.js';
import { printTable } from '../harness/table.js';
import { BASE, SUBJECTS } from './subjects.js';
import type { Question } from './worker.js';

const ROUNDS = 15;
const WORKER = fileURLToPath(new URL('worker.js', import.meta.url));

/** Question: what does each eviction policy cost, in time and memory, with keys of 50 characters, beside lru-cache? */
export async function benchEvictionCost(): Promise<void> {
  const workers = new Map(
    Object.keys(SUBJECTS).map((name) => [name, fork(WORKER, [name], { execArgv: ['--expose-gc'] })]),
  );
  try {
    const contestants = (question: Question): Contestant[] =>
      [...workers].map(([name, worker]) => ({ name, measure: () => ask(worker, question) }));
    printTable('Hit among 10,000 entries', 'CPU ns', await interleave(contestants('hit'), ROUNDS), BASE);
    const mixed = await interleave(contestants('getOrSet'), ROUNDS);
    printTable('Get, or set and evict: 10,000 entries for 50,000 keys under Zipf', 'CPU ns', mixed, BASE);
    console.log('\nMemory of the policy itself, bytes an entry, 100,000 entries:');
    for (const name of EVICTION_POLICIES) {
      console.log(`  ${name}: ${(await ask(workers.get(name)!, 'memory')).toFixed(0)}`);
    }
  } finally {
    for (const worker of workers.values()) worker.kill();
  }
}

async function ask(worker: ChildProcess, question: Question): Promise<number> {
  const answer = once(worker, 'message');
  worker.send(question);
  const [figure] = (await answer) as [number];
  return figure;
}
