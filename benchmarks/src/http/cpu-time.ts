import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const ticksASecond = Number(spawnSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }).stdout) || 100;

/**
 * CPU time that a process and its children have used so far, user and system, in µs.
 *
 * @throws Error where there is no /proc: without it CPU time of other processes cannot be read
 */
export function cpuTimeOf(pid: number): number {
  const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean);
  // The name in parentheses may hold anything; the fields behind it are numbers. utime and stime are the 14th and 15th of all.
  const stat = read(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const own = ((Number(fields[11]) + Number(fields[12])) / ticksASecond) * 1e6;
  return children.reduce((sum, child) => sum + cpuTimeOf(Number(child)), own);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(`CPU time of servers is read from ${path}, which needs Linux`, { cause });
  }
}
