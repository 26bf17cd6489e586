import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder `deploy/`. */
export const DEPLOY = fileURLToPath(new URL('../../deploy/', import.meta.url));

export function readDeployFile(path: string): string {
  return readFileSync(join(DEPLOY, path), 'utf8');
}

/** Paths of the files under a folder of `deploy/`, as {@link readDeployFile} takes them. */
export function deployFiles(folder: string): string[] {
  return readdirSync(join(DEPLOY, folder), { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => relative(DEPLOY, join(file.parentPath, file.name)));
}
