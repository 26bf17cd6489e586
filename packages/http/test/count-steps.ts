/**
 * How much work a function does on strings, as a number that does not depend on the machine: each character code looked at, and each
 * character that `indexOf`, `slice`, `includes`, `toLowerCase`, `split`, `startsWith` or a regular expression has to pass, is a step.
 */
export function countSteps(run: () => void): number {
  let steps = 0;
  const restores: (() => void)[] = [];

  function watch<T extends object>(
    target: T,
    name: keyof T & string,
    cost: (self: string, args: readonly unknown[], result: unknown) => number,
  ): void {
    const original = target[name] as (...args: unknown[]) => unknown;
    const watched = function (this: unknown, ...args: unknown[]): unknown {
      const result = original.apply(this, args);
      steps += cost(typeof this === 'string' ? this : '', args, result);
      return result;
    };
    Object.defineProperty(target, name, { value: watched, configurable: true, writable: true });
    restores.push(() => Object.defineProperty(target, name, { value: original, configurable: true, writable: true }));
  }

  watch(String.prototype, 'charCodeAt', () => 1);
  watch(String.prototype, 'charAt', () => 1);
  watch(String.prototype, 'startsWith', (_, [prefix]) => String(prefix).length);
  watch(String.prototype, 'indexOf', (self, [, from], found) => {
    const start = Number(from ?? 0);
    return 1 + ((found as number) === -1 ? Math.max(self.length - start, 0) : (found as number) - start);
  });
  watch(String.prototype, 'includes', (self) => self.length);
  watch(String.prototype, 'toLowerCase', (self) => self.length);
  watch(String.prototype, 'split', (self) => self.length);
  watch(String.prototype, 'slice', (_self, _args, result) => 1 + (result as string).length);
  watch(RegExp.prototype, 'test', (_self, [text]) => String(text).length);
  try {
    run();
  } finally {
    for (const restore of restores) restore();
  }
  return steps;
}
