import type { ServerResponse } from 'node:http';
import { HeaderFields } from '@cachewarp/http';

type Value = number | string | string[];

/** A field with its lines: as `setHeader` takes it. */
export type NamedField = readonly [name: string, value: string | string[]];

/** The fields of a flat list by their names: several lines of one name become one field. */
export function namedFields(raw: readonly string[]): NamedField[] {
  const fields = new Map<string, [name: string, value: string | string[]]>();
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at]!;
    const line = raw[at + 1]!;
    const known = fields.get(name.toLowerCase());
    if (known === undefined) fields.set(name.toLowerCase(), [name, line]);
    else known[1] = [...[known[1]].flat(), line];
  }
  return [...fields.values()];
}

/** The fields that a response had at some moment, so that those which came later can be told from them. */
export class ResponseFields {
  readonly #values: Readonly<Record<string, Value | undefined>> | undefined;

  constructor(response: ServerResponse) {
    this.#values = response.getHeaderNames().length === 0 ? undefined : { ...response.getHeaders() };
  }

  /** The fields that were added or changed since, each with its value of now. */
  addedTo(response: ServerResponse): HeaderFields {
    const raw: string[] = [];
    for (const name of this.#addedNames(response)) {
      const value = response.getHeader(name);
      for (const line of Array.isArray(value) ? value : [value]) raw.push(name, String(line));
    }
    return HeaderFields.fromRaw(raw);
  }

  /** Takes the response back to what it had. */
  restore(response: ServerResponse): void {
    for (const name of this.#addedNames(response)) {
      const value = this.#values?.[name.toLowerCase()];
      if (value === undefined) response.removeHeader(name);
      else response.setHeader(name, value);
    }
  }

  #addedNames(response: ServerResponse): string[] {
    const names = rawNames(response);
    const values = this.#values;
    return values === undefined
      ? names
      : names.filter((name) => response.getHeader(name) !== values[name.toLowerCase()]);
  }
}

/** The names as they were written, where the response knows them: they are part of what was sent. */
function rawNames(response: ServerResponse & { getRawHeaderNames?: () => string[] }): string[] {
  return response.getRawHeaderNames?.() ?? response.getHeaderNames();
}
