/** A configuration as it is read: plain data, not checked yet. */
export type ConfigTree = Record<string, unknown>;

/** The values of a tree with their paths: `policy.defaultTtl`. A list is one value. */
export function* leavesOf(tree: ConfigTree, prefix = ''): Generator<[path: string, value: unknown]> {
  for (const [name, value] of Object.entries(tree)) {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    if (isTree(value)) yield* leavesOf(value, path);
    else yield [path, value];
  }
}

/** Puts a value at a path, making the objects on the way. What stands in the way and is no object gives way. */
export function setAt(tree: ConfigTree, path: string, value: unknown): void {
  const steps = path.split('.');
  const last = steps.pop()!;
  let at = tree;
  for (const step of steps) {
    const next = at[step];
    if (isTree(next)) at = next;
    else at = at[step] = {};
  }
  at[last] = value;
}

/** A tree of its own to write in; values that are no objects are shared. */
export function copyTree(tree: ConfigTree): ConfigTree {
  return Object.fromEntries(
    Object.entries(tree).map(([name, value]) => [name, isTree(value) ? copyTree(value) : value]),
  );
}

/** The value at a path; undefined where there is none. */
export function valueAt(tree: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, step) => (at as Record<PropertyKey, unknown> | undefined | null)?.[step], tree);
}

export function isTree(value: unknown): value is ConfigTree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
