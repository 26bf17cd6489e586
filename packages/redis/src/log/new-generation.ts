import { randomBytes } from 'node:crypto';

/** A name for what is stored from now on: 8 characters, as the header of stored values has room for. */
export function newGeneration(): string {
  return randomBytes(6).toString('base64url');
}
