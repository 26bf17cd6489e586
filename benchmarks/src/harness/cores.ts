import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Who gets a core of its own where there are two: the server that is measured, or all that serves to measure it. */
export type Role = 'server' | 'load';

const canPin = availableParallelism() >= 2 && spawnSync('taskset', ['--version']).status === 0;

/** Whether servers and load generator run on cores of their own. */
export const arePinned = canPin;

/** A command line that runs `command` on the core of its role; where cores cannot be had, the command itself. */
export function onCore(role: Role, command: readonly string[]): string[] {
  return canPin ? ['taskset', '-c', role === 'server' ? '0' : '1', ...command] : [...command];
}
