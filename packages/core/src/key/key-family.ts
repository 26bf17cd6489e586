import { assertFunction, assertKnownOptions, assertNumber, assertObject } from '../base/assert.js';
import { DuplicateKeyFamilyError, InvalidOptionError } from '../base/errors.js';
import { encodeArguments } from './stable-encode.js';

const NAME_PATTERN = /^[A-Za-z0-9_.:\-/]{1,128}$/;

/** Families of this process. Two of one name would read each other's entries. */
const defined = new Set<string>();

/** Whether {@link defineKey} has made a family of this name and version. */
export function isKeyFamily(family: string): boolean {
  return defined.has(family);
}

/** One key, and the family it belongs to. Made by {@link KeyDef.of}; a target of `invalidate` and `expire`. Frozen. */
export class KeyRef {
  /** The whole key, e.g. `user@2("42")`. */
  readonly key: string;
  /** Name and version of the family, e.g. `user@2`. */
  readonly family: string;
  /** Another key whose invalidation drops this one too: in a context, the key without context. */
  readonly parent: string | undefined;

  constructor(key: string, family: string, parent?: string) {
    this.key = key;
    this.family = family;
    this.parent = parent;
    Object.freeze(this);
  }
}

/** A family of keys: every key that {@link defineKey} makes from one name and one list of parts. Frozen. */
export class KeyDef<A extends readonly unknown[] = readonly unknown[]> {
  readonly name: string;
  /** Undefined when none was given. */
  readonly version: number | undefined;
  /** Name and version as keys begin with them: `user`, `user@2`. */
  readonly family: string;
  /** What every key of the family begins with, and no other key does: invalidate the whole family by `{ prefix }`. */
  readonly prefix: string;
  /** The parts of the key for a call with these arguments. */
  readonly parts: (...args: A) => readonly unknown[];

  constructor(name: string, version: number | undefined, parts: (...args: A) => readonly unknown[]) {
    this.name = name;
    this.version = version;
    this.family = version === undefined ? name : `${name}@${version}`;
    this.prefix = `${this.family}(`;
    this.parts = parts;
    Object.freeze(this);
  }

  /**
   * The key for these arguments.
   * @throws EncodeError when a part has no faithful encoding
   */
  of(...args: A): KeyRef {
    const parts: unknown = this.parts(...args);
    if (!Array.isArray(parts))
      throw new InvalidOptionError(`parts of key family ${this.family}`, 'must be a list', parts);
    return new KeyRef(this.family + encodeArguments(parts), this.family);
  }
}

/** Options of {@link defineKey}. */
export interface KeyOptions {
  /**
   * Part of every key, as `user@2`. Raise it when the shape of the values changes: old entries, in a shared store too, are
   * then never read again. A whole number from 1.
   * @defaultValue none
   */
  version?: number;
}

/**
 * Defines a family of keys once, for the method that caches and for everybody who invalidates:
 * `const userById = defineKey('user', (id: string) => [id])`, then `userById.of('42')`.
 *
 * @param name - 1 to 128 characters of `A-Z a-z 0-9 _ . : - /`
 * @param parts - what identifies the value, from the arguments of the method; encoded by {@link encodeArguments}
 * @throws InvalidOptionError for a name, version or parts that cannot be used
 * @throws DuplicateKeyFamilyError when this process has a family of the same name and version already
 */
export function defineKey<A extends readonly unknown[]>(
  name: string,
  parts: (...args: A) => readonly unknown[],
  options: KeyOptions = {},
): KeyDef<A> {
  if (typeof name !== 'string' || !NAME_PATTERN.test(name)) {
    throw new InvalidOptionError('name', 'must be 1 to 128 characters of A-Z a-z 0-9 _ . : - /', name);
  }
  assertFunction('parts', parts);
  const version = versionOf(options);
  const family = new KeyDef(name, version, parts);
  if (defined.has(family.family)) {
    throw new DuplicateKeyFamilyError(
      family.family,
      'define it once and import it where it is needed, or give one of the two another name or version',
    );
  }
  defined.add(family.family);
  return family;
}

function versionOf(options: KeyOptions): number | undefined {
  assertObject('options', options);
  assertKnownOptions('', options, ['version']);
  const version: unknown = options.version;
  if (version === undefined) return undefined;
  assertNumber('version', version, 1, Number.MAX_SAFE_INTEGER);
  if (!Number.isInteger(version)) throw new InvalidOptionError('version', 'must be a whole number', version);
  return version;
}
