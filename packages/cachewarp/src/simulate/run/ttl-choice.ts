/** Which of the ladder's lifetimes each key has. */
export interface TtlChoice {
  /** By the key's place in the ladder. */
  readonly stepOf: (key: string) => number;
}

/** One lifetime for everything. */
export function oneTtl(step: number): TtlChoice {
  return { stepOf: () => step };
}

/** A lifetime for each route, and one for the rest. Each key is folded only once. */
export function ttlByRoute(
  routeOf: (key: string) => string,
  steps: ReadonlyMap<string, number>,
  otherwise: number,
): TtlChoice {
  const known = new Map<string, number>();
  return {
    stepOf(key) {
      let step = known.get(key);
      if (step === undefined) known.set(key, (step = steps.get(routeOf(key)) ?? otherwise));
      return step;
    },
  };
}

/** Path and query of a key such as `GET:http://host/path?query`. */
export function targetOfKey(key: string): string {
  const scheme = key.indexOf('://');
  const path = key.indexOf('/', scheme === -1 ? 0 : scheme + 3);
  return path === -1 ? '/' : key.slice(path);
}
