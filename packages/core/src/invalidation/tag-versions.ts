import type { CacheEntry } from '../entry/cache-entry.js';
import type { LogRecord, LogState } from './invalidation-log.js';
import type { Marker } from './target.js';

/** What has to be known of an entry, or of a load still running, to judge it against the log. */
export type Judged = Pick<CacheEntry, 'tags' | 'parent' | 'position' | 'epoch'>;

/** `valid`; `softened` since an instant (expire); or `invalid`: never to be served again. */
export type Verdict =
  { readonly word: 'valid' } | { readonly word: 'softened'; readonly at: number } | { readonly word: 'invalid' };

const VALID: Verdict = { word: 'valid' };
const INVALID: Verdict = { word: 'invalid' };

/** Places of the newest hard and soft invalidation of one target. */
interface Marks {
  hard: number;
  soft: number;
  softAt: number;
}

const MAX_MARKERS = 100_000;
const MAX_PREFIXES = 1_000;

/**
 * The markers of the invalidation log: for every target, where it was last invalidated. An entry is valid while none of its
 * targets (key, parent key, tags, prefixes of the key, all) has a marker behind the entry's own place.
 *
 * Memory is bounded. When markers are forgotten, `floor` rises to the newest of them, and every entry older than the floor is
 * invalid: a lost marker means "invalid", never "never invalidated".
 */
export class TagVersions {
  #epoch: string;
  readonly #keys = new Map<string, Marks>();
  readonly #tags = new Map<string, Marks>();
  readonly #prefixes = new Map<string, Marks>();
  #all: Marks = { hard: 0, soft: 0, softAt: 0 };
  #position = 0;
  #newestPrefix = 0;
  #newestTag = 0;
  #floor = 0;
  #stamp = 1;
  #silence: number | undefined;

  constructor(epoch: string, position: number) {
    this.#epoch = epoch;
    this.#position = position;
    this.#floor = position;
  }

  /** Place of the newest record applied. */
  get position(): number {
    return this.#position;
  }

  get epoch(): string {
    return this.#epoch;
  }

  /**
   * Changes with everything that may change a judgement: whatever was judged under the present stamp need not be judged again. Above 0;
   * below 0 while the log is silent.
   */
  get stamp(): number {
    return this.#stamp;
  }

  /**
   * While the log is silent: how long after its load began a value may still be served, in ms. Undefined while the log is heard.
   */
  get toleranceMs(): number | undefined {
    return this.#silence;
  }

  /** Place of the newest record that named a tag: loads from before it may yet turn out to carry that tag. */
  get newestTagPosition(): number {
    return this.#newestTag;
  }

  /**
   * Takes in a record. After a gap it is unknown what the lost records named, so everything loaded so far becomes invalid. A record
   * that comes again, or late, changes nothing that is newer.
   */
  apply(record: LogRecord): void {
    if (record.seq > this.#position + 1) this.#floor = record.seq;
    for (const marker of record.markers) mark(this.#marksOf(marker, record.seq), record);
    this.#position = Math.max(this.#position, record.seq);
    this.#forgetOldest();
    this.#restamp();
  }

  /** Takes in everything that the log knows, in place of what was known. */
  restart({ epoch, position, floor, markers }: LogState): void {
    for (const table of [this.#keys, this.#tags, this.#prefixes]) table.clear();
    this.#all = { hard: 0, soft: 0, softAt: 0 };
    this.#epoch = epoch;
    this.#position = position;
    this.#floor = floor;
    this.#newestPrefix = this.#newestTag = 0;
    for (const { marker, hard, soft, softAt } of markers) {
      const newest = Math.max(hard, soft);
      Object.assign(this.#marksOf(marker, newest), { hard, soft, softAt });
      // What is marked behind the place that was read is known, but what else lies there is not.
      this.#forgetOldest();
    }
    this.#restamp();
  }

  /** The log has fallen silent, or is heard again; see `LogListener.onSilence`. */
  silence(isSilent: boolean, toleranceMs: number): void {
    this.#silence = isSilent ? toleranceMs : undefined;
    this.#restamp();
  }

  /** Judges an entry of `key`, or a running load's prospective entry. */
  judge(key: string, entry: Judged): Verdict {
    if (entry.epoch !== this.#epoch || entry.position < this.#floor) return INVALID;
    if (entry.position >= this.#position) return VALID;
    let softAt = -1;
    const since = entry.position;
    const see = (marks: Marks | undefined): boolean => {
      if (marks === undefined) return false;
      if (marks.soft > since && marks.softAt > softAt) softAt = marks.softAt;
      return marks.hard > since;
    };
    if (see(this.#all) || see(this.#keys.get(key))) return INVALID;
    if (entry.parent !== undefined && see(this.#keys.get(entry.parent))) return INVALID;
    if (this.#newestTag > since) for (const tag of entry.tags) if (see(this.#tags.get(tag))) return INVALID;
    if (this.#newestPrefix > since) {
      for (const [prefix, marks] of this.#prefixes) if (key.startsWith(prefix) && see(marks)) return INVALID;
    }
    return softAt < 0 ? VALID : { word: 'softened', at: softAt };
  }

  #marksOf(marker: Marker, seq: number): Marks {
    if (marker.kind === 'all') return this.#all;
    if (marker.kind === 'prefix') this.#newestPrefix = Math.max(this.#newestPrefix, seq);
    if (marker.kind === 'tag') this.#newestTag = Math.max(this.#newestTag, seq);
    const table = marker.kind === 'key' ? this.#keys : marker.kind === 'tag' ? this.#tags : this.#prefixes;
    const marks = table.get(marker.name) ?? { hard: 0, soft: 0, softAt: 0 };
    // Taken out and put back, so that the table's order is the order of the last invalidation.
    table.delete(marker.name);
    table.set(marker.name, marks);
    return marks;
  }

  #restamp(): void {
    const next = Math.abs(this.#stamp) + 1;
    this.#stamp = this.#silence === undefined ? next : -next;
  }

  #forgetOldest(): void {
    this.#forgetOldestOf(this.#keys, MAX_MARKERS);
    this.#forgetOldestOf(this.#tags, MAX_MARKERS);
    this.#forgetOldestOf(this.#prefixes, MAX_PREFIXES);
  }

  #forgetOldestOf(table: Map<string, Marks>, limit: number): void {
    if (table.size <= limit) return;
    let surplus = table.size - Math.floor(limit / 2);
    for (const [name, marks] of table) {
      if (surplus-- <= 0) break;
      this.#floor = Math.max(this.#floor, marks.hard, marks.soft);
      table.delete(name);
    }
  }
}

function mark(marks: Marks, record: LogRecord): void {
  if (!record.soft) {
    marks.hard = Math.max(marks.hard, record.seq);
    return;
  }
  marks.soft = Math.max(marks.soft, record.seq);
  marks.softAt = Math.max(marks.softAt, record.at);
}
