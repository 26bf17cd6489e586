/** Options laid over defaults; an option that is `undefined` counts as not given. */
export function withDefaults<O extends object, D extends object>(options: O, defaults: D): Filled<O, D> {
  const filled = { ...defaults } as Record<string, unknown>;
  for (const [name, value] of Object.entries(options)) if (value !== undefined) filled[name] = value;
  return filled as unknown as Filled<O, D>;
}

/** `O`, where everything that `D` has a default for is there. */
export type Filled<O extends object, D extends object> = O & Required<Pick<O, keyof O & keyof D>>;
