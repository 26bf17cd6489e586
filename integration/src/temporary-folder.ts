import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Opened } from './opened.js';

/** A folder for one test, which goes with it. */
export function makeTemporaryFolder(opened: Opened): string {
  return opened.add(mkdtempSync(join(tmpdir(), 'cachewarp-')), (folder) => {
    // A program that is just ending may still write into it.
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
}
