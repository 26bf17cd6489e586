/** Finds a field of a JSON log line under any of its usual names, dotted (`"http.request.method"`) or nested, or partly so. */
export class FieldFinder {
  readonly #paths: readonly (readonly string[])[];
  /** Lines of one log are alike: the name that was found last is asked for first. */
  #last = 0;

  /** @param names - the commonest first */
  constructor(...names: readonly string[]) {
    this.#paths = names.map((name) => name.split('.'));
  }

  /** The first value that is there and is no object; undefined where there is none. */
  find(fields: Record<string, unknown>): unknown {
    const likely = valueAt(fields, this.#paths[this.#last]!, 0);
    if (likely !== undefined) return likely;
    for (const [index, path] of this.#paths.entries()) {
      const value = valueAt(fields, path, 0);
      if (value === undefined) continue;
      this.#last = index;
      return value;
    }
    return undefined;
  }
}

function valueAt(fields: object, path: readonly string[], from: number): unknown {
  let name = '';
  for (let end = from; end < path.length; end++) {
    name = end === from ? path[end]! : `${name}.${path[end]}`;
    if (!Object.hasOwn(fields, name)) continue;
    const value = (fields as Record<string, unknown>)[name];
    if (end === path.length - 1) return plain(value);
    if (typeof value !== 'object' || value === null) continue;
    const found = valueAt(value, path, end + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Caddy writes header fields as lists. */
function plain(value: unknown): unknown {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'object' || first === null ? undefined : first;
}
