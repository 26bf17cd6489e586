import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A folder of its own for one test, with a `write` that makes the folders on the way. */
export function makeTemporaryFolder() {
  const path = mkdtempSync(join(tmpdir(), 'cachewarp-tools-'));
  return {
    path,
    write(name, content) {
      mkdirSync(dirname(join(path, name)), { recursive: true });
      writeFileSync(join(path, name), typeof content === 'string' ? content : JSON.stringify(content));
      return join(path, name);
    },
    remove() {
      rmSync(path, { recursive: true, force: true });
    },
  };
}
