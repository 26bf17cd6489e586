import { createHash } from 'node:crypto';

/** What items of one cache are called in the adapter: short, printable, of the same length whatever the key (memcached takes 250 bytes). */
export class Names {
  readonly #prefix: string;
  /** Changes with every invalidation. */
  readonly changes: string;
  /** Changes with every invalidation that is not of keys alone. */
  readonly wideChanges: string;
  /** The version of everything. */
  readonly all: string;

  constructor(cache: string) {
    this.#prefix = `cw1.${digest(cache).slice(0, 12)}`;
    this.changes = `${this.#prefix}.c`;
    this.wideChanges = `${this.#prefix}.w`;
    this.all = `${this.#prefix}.a`;
  }

  get entryPrefix(): string {
    return `${this.#prefix}.e.`;
  }

  entry(key: string): string {
    return `${this.entryPrefix}${digest(key)}`;
  }

  key(key: string): string {
    return `${this.#prefix}.k.${digest(key)}`;
  }

  tag(tag: string): string {
    return `${this.#prefix}.t.${digest(tag)}`;
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text, 'utf16le').digest('base64url');
}
