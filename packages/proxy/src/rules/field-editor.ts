import { assertKnownOptions, assertObject, InvalidOptionError } from '@cachewarp/core';
import type { HeaderFields } from '@cachewarp/http';
import type { FieldEdits } from './rule-options.js';

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]{0,8192}$/;

/** Fields that say how a message is framed or whom it is for: changing them would break the one or the other. */
const UNTOUCHABLE: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Applies the edits of a rule. */
export class FieldEditor {
  readonly #set: readonly (readonly [name: string, value: string])[];
  readonly #removed: ReadonlySet<string>;

  /** @throws InvalidOptionError naming a field that cannot be edited, or a value that is none */
  constructor(field: string, edits: FieldEdits) {
    const given: unknown = edits;
    assertObject(field, given);
    assertKnownOptions(field, edits, ['set', 'remove']);
    const { set = {}, remove = [] } = edits;
    const fields: unknown = set;
    assertObject(`${field}.set`, fields);
    if (!Array.isArray(remove)) throw new InvalidOptionError(`${field}.remove`, 'must be a list of names', remove);
    for (const name of remove as unknown[]) checkName(`${field}.remove`, name);
    for (const [name, value] of Object.entries(set)) {
      checkName(`${field}.set`, name);
      if (typeof value !== 'string' || !VALUE.test(value)) {
        throw new InvalidOptionError(`${field}.set.${name}`, 'must be a field value', value);
      }
    }
    this.#set = Object.entries(set);
    this.#removed = new Set(remove.map((name) => name.toLowerCase()));
  }

  edit(headers: HeaderFields): HeaderFields {
    let edited = this.#removed.size === 0 ? headers : headers.without(this.#removed);
    for (const [name, value] of this.#set) edited = edited.with(name, value);
    return edited;
  }
}

function checkName(field: string, name: unknown): void {
  if (typeof name !== 'string' || !TOKEN.test(name)) throw new InvalidOptionError(field, 'must name fields', name);
  if (UNTOUCHABLE.has(name.toLowerCase())) {
    throw new InvalidOptionError(field, 'must not name a field of the connection or the framing', name);
  }
}
