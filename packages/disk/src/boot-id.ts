import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

let known: string | undefined;

/**
 * Names the time since the machine was started. Where the system has no name for it (Linux has one), the minute of the start: a step of
 * the wall clock then looks like another start, which is only more careful.
 */
export function bootId(): string {
  known ??= readBootId() ?? `minute ${Math.round((Date.now() / 1000 - uptime()) / 60)}`;
  return known;
}

function readBootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // Not a Linux.
    return undefined;
  }
}
