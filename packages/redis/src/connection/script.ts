import { createHash } from 'node:crypto';

/** A Lua script, known to Redis by its hash once it was sent. */
export class Script {
  readonly sha: string;

  constructor(
    readonly name: string,
    readonly source: string,
  ) {
    this.sha = createHash('sha1').update(source).digest('hex');
  }
}
