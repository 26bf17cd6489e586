/**
 * Names of everything that one cache keeps in Redis. The value and the lease of a key share a slot of Redis Cluster, and so do the parts of
 * the log; nothing else does.
 */
export class KeySpace {
  /** Hash: `epoch`, `seq`, `floor`, `gen`, `run`, and the markers by target. */
  readonly log: string;
  /** Sorted set of the markers' fields by place. */
  readonly marks: string;
  /** Stream of the records; their ids are their places. */
  readonly stream: string;
  /** Room that is given up when Redis is out of memory. */
  readonly reserve: string;
  /** Channel on which ended leases are told that somebody waits for. */
  readonly channel: string;
  /** Channel of everybody who uses the cache. */
  readonly peers: string;
  readonly #value: string;
  readonly #lease: string;

  constructor(prefix: string, name: string) {
    const own = escapeBraces(name);
    const log = `${prefix}:{${own}}:`;
    this.log = `${log}log`;
    this.marks = `${log}marks`;
    this.stream = `${log}stream`;
    this.reserve = `${log}reserve`;
    this.channel = `${log}ended`;
    this.peers = `${log}peers`;
    // The slot is that of what stands between the first brace and the next closing one. The colon keeps that from being empty.
    this.#value = `${prefix}:${own}:v{:`;
    this.#lease = `${prefix}:${own}:l{:`;
  }

  value(key: string): string {
    return `${this.#value}${key}}`;
  }

  lease(key: string): string {
    return `${this.#lease}${key}}`;
  }

  /** Channel of one who uses the cache. */
  peer(name: string): string {
    return `${this.peers}:${name}`;
  }

  /** Pattern for SCAN of the values of keys that begin with `prefix`, taken literally. */
  pattern(prefix: string): string {
    return `${(this.#value + prefix).replace(/[\\*?[\]]/g, '\\$&')}*`;
  }

  /** The cache's key of a value's name in Redis. */
  keyOf(name: string): string {
    return name.slice(this.#value.length, -1);
  }
}

function escapeBraces(name: string): string {
  return name.replace(/[{}%]/g, (char) => `%${char.charCodeAt(0).toString(16)}`);
}
