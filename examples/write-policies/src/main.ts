import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { demonstrateCacheAside, demonstratePolicy } from './demonstrate.js';

const folder = mkdtempSync(join(tmpdir(), 'cachewarp-write-policies-'));
try {
  const shown = [
    await demonstrateCacheAside(folder),
    await demonstratePolicy('write-through', folder),
    await demonstratePolicy('write-around', folder),
    await demonstratePolicy('write-behind', folder),
  ];
  console.log('Ten writes of one product, then ten reads, over SQLite:\n');
  console.log('policy         in the database when acknowledged   reads of it   writes of it');
  for (const { policy, writesBeforeAnswer, reads, writes } of shown) {
    console.log(
      `${policy.padEnd(13)}  ${String(writesBeforeAnswer).padStart(33)}  ${String(reads).padStart(12)}  ${String(writes).padStart(13)}`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
