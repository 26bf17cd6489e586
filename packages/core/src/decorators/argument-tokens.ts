/** Longer lists of tokens are not made: telling them apart would cost about as much as building a key. */
export const MAX_TOKENS = 16;

/** Stands for an object among the tokens. It is no token itself: symbols cannot be part of a key. */
const OBJECT = Symbol('object');

/**
 * The primitives that tell the arguments of a call apart, exactly as their key does: the values, those of plain objects in
 * place of them, and behind the values the places and names of these objects. Undefined for anything else: arguments of
 * other kinds, nested objects, more than {@link MAX_TOKENS} tokens.
 *
 * Names count in the order in which the object has them, so equal objects may have different tokens; unequal ones never
 * have the same.
 */
export function tokensOf(args: readonly unknown[]): readonly unknown[] | undefined {
  if (args.length > MAX_TOKENS) return undefined;
  for (const argument of args) if (!isPrimitive(argument)) return flatten(args);
  return args;
}

/** Whether two lists of one length hold the same tokens; as a Map compares them. */
export function sameTokens(left: readonly unknown[], right: readonly unknown[]): boolean {
  for (let index = 0; index < left.length; index++) {
    const token = left[index];
    // NaN is the one value that differs from itself.
    if (token !== right[index] && (token === token || right[index] === right[index])) return false;
  }
  return true;
}

function flatten(args: readonly unknown[]): readonly unknown[] | undefined {
  const tokens: unknown[] = [];
  const shapes: unknown[] = [];
  for (let index = 0; index < args.length; index++) {
    const argument = args[index];
    if (isPrimitive(argument)) {
      tokens.push(argument);
    } else {
      if (!isPlain(argument)) return undefined;
      shapes.push(OBJECT, index);
      for (const name of Object.keys(argument)) {
        const value = argument[name];
        if (!isPrimitive(value)) return undefined;
        tokens.push(value);
        shapes.push(name);
      }
    }
  }
  for (const shape of shapes) tokens.push(shape);
  return tokens.length <= MAX_TOKENS ? tokens : undefined;
}

function isPrimitive(value: unknown): boolean {
  const kind = typeof value;
  return value === null || (kind !== 'object' && kind !== 'function' && kind !== 'symbol');
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' &&
    Object.getPrototypeOf(value) === Object.prototype &&
    // What has members under symbols has no key.
    Object.getOwnPropertySymbols(value).length === 0
  );
}
