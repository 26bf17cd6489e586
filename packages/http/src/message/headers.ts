/**
 * Field lines as they stood in a message: a flat list `[name, value, name, value, …]`, the shape Node's parsers and serialisers
 * use, so that nothing is converted on the way in or out. Order, letter case and repeated lines are kept.
 *
 * Immutable by convention: `with`, `append` and `without` return a new list, and nobody writes to `raw`. Lookups are
 * case-insensitive. Nothing is computed until something is asked: a short list is scanned by name length, a long one gets an
 * index with the first question, so that thousands of fields cost linear time in all.
 *
 * Values are Latin-1 strings (one character an octet), as in `rawHeaders`; they are never decoded, trimmed or validated here.
 */
export class HeaderFields {
  /** The field lines, flat: name, value, name, value, … Never written to. */
  readonly raw: readonly string[];
  #index: Map<string, number[]> | undefined;

  private constructor(raw: readonly string[]) {
    this.raw = raw;
  }

  /** A list without fields. */
  static readonly empty = new HeaderFields([]);

  /**
   * Takes over a flat list as it is; the caller does not change it afterwards.
   *
   * @throws RangeError when a name has no value.
   */
  static fromRaw(raw: readonly string[]): HeaderFields {
    if (raw.length % 2 !== 0) throw new RangeError(`raw must hold pairs of name and value, got ${raw.length} strings`);
    return raw.length === 0 ? HeaderFields.empty : new HeaderFields(raw);
  }

  /** One line per value: `{ vary: ['a', 'b'], age: 3 }` has three lines; a field that is `undefined` has none. */
  static fromObject(fields: HeaderFieldsInit): HeaderFields {
    const raw: string[] = [];
    for (const [name, value] of Object.entries(fields)) {
      if (value === undefined) continue;
      if (Array.isArray(value)) for (const line of value as readonly string[]) raw.push(name, line);
      else raw.push(name, String(value));
    }
    return HeaderFields.fromRaw(raw);
  }

  /** How many field lines there are. */
  get size(): number {
    return this.raw.length / 2;
  }

  /**
   * The combined value (RFC 9110 §5.3): the lines of this name in order, joined with `, `; `undefined` when there is none.
   * Set-Cookie cannot be combined (RFC 6265 §3): of it you get the first line; ask `getAll`.
   */
  get(name: string): string | undefined {
    const first = this.#indexOf(name);
    if (first === -1) return undefined;
    const value = this.raw[first + 1] as string;
    if (this.#indexOf(name, first + 2) === -1 || name.toLowerCase() === 'set-cookie') return value;
    return this.getAll(name).join(', ');
  }

  /** Every line's value of this name, in order. */
  getAll(name: string): readonly string[] {
    const first = this.#indexOf(name);
    if (first === -1) return NONE;
    const values: string[] = [];
    if (this.#isLong()) {
      for (const at of this.#indexed().get(name.toLowerCase()) ?? []) values.push(this.raw[at + 1] as string);
    } else {
      for (let at = first; at !== -1; at = this.#scan(name, at + 2)) values.push(this.raw[at + 1] as string);
    }
    return values;
  }

  has(name: string): boolean {
    return this.#indexOf(name) !== -1;
  }

  /** Name and value of each line, in order and as written. */
  *entries(): IterableIterator<[name: string, value: string]> {
    for (let at = 0; at < this.raw.length; at += 2) yield [this.raw[at] as string, this.raw[at + 1] as string];
  }

  /** The lower-cased names, each once, in order of their first line. */
  names(): string[] {
    const names = new Set<string>();
    for (let at = 0; at < this.raw.length; at += 2) names.add((this.raw[at] as string).toLowerCase());
    return [...names];
  }

  /** The same list with all lines of this name replaced, at the place of the first, or added at the end. */
  with(name: string, value: string | readonly string[]): HeaderFields {
    const lower = name.toLowerCase();
    const lines = typeof value === 'string' ? [value] : value;
    const raw: string[] = [];
    let isPlaced = false;
    const place = (): void => {
      for (const line of lines) raw.push(name, line);
      isPlaced = true;
    };
    for (let at = 0; at < this.raw.length; at += 2) {
      const own = this.raw[at] as string;
      if (own.length !== name.length || own.toLowerCase() !== lower) raw.push(own, this.raw[at + 1] as string);
      else if (!isPlaced) place();
    }
    if (!isPlaced) place();
    return HeaderFields.fromRaw(raw);
  }

  /** The same list with one more line at the end. */
  append(name: string, value: string): HeaderFields {
    return new HeaderFields([...this.raw, name, value]);
  }

  /** The same list with another list's lines after its own. */
  concat(other: HeaderFields): HeaderFields {
    if (other.raw.length === 0) return this;
    return this.raw.length === 0 ? other : new HeaderFields([...this.raw, ...other.raw]);
  }

  /** The same list without these names, which are given in lower case. Returns itself when it has none of them. */
  without(names: Iterable<string>): HeaderFields {
    if (Array.isArray(names)) {
      const list = names as readonly string[];
      return list.length === 0 ? this : this.filter((name) => !list.includes(name));
    }
    const dropped = names instanceof Set ? (names as ReadonlySet<string>) : new Set(names);
    return this.filter((name) => !dropped.has(name));
  }

  /** The same list with only those lines whose lower-cased name passes. Returns itself when all do. */
  filter(keeps: (lowerName: string) => boolean): HeaderFields {
    // Mostly all pass, and nothing is copied.
    let raw: string[] | undefined;
    for (let at = 0; at < this.raw.length; at += 2) {
      const name = this.raw[at] as string;
      if (!keeps(name.toLowerCase())) raw ??= this.raw.slice(0, at);
      else if (raw !== undefined) raw.push(name, this.raw[at + 1] as string);
    }
    return raw === undefined ? this : HeaderFields.fromRaw(raw);
  }

  #isLong(): boolean {
    return this.raw.length > LONG_LIST;
  }

  #indexOf(name: string, from = 0): number {
    if (!this.#isLong()) return this.#scan(name, from);
    const positions = this.#indexed().get(name.toLowerCase());
    if (positions === undefined) return -1;
    return from === 0 ? (positions[0] as number) : (positions[1] ?? -1);
  }

  #scan(name: string, from: number): number {
    const { raw } = this;
    const { length } = name;
    for (let at = from; at < raw.length; at += 2) {
      const own = raw[at] as string;
      if (own.length === length && (own === name || own.toLowerCase() === name.toLowerCase())) return at;
    }
    return -1;
  }

  #indexed(): Map<string, number[]> {
    if (this.#index !== undefined) return this.#index;
    const index = new Map<string, number[]>();
    for (let at = 0; at < this.raw.length; at += 2) {
      const lower = (this.raw[at] as string).toLowerCase();
      const positions = index.get(lower);
      if (positions === undefined) index.set(lower, [at]);
      else positions.push(at);
    }
    this.#index = index;
    return index;
  }
}

const NONE: readonly string[] = Object.freeze([]);

/** What {@link HeaderFields.fromObject} takes. */
export type HeaderFieldsInit = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** Up to 32 lines are scanned; beyond, an index is built with the first lookup. */
const LONG_LIST = 64;
