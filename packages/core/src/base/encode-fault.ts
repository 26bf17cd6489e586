import { EncodeError, show } from './errors.js';

/**
 * What stopped a walk through a value, on its way up to the caller. Each container it passes adds the step that led to it,
 * so that the path costs nothing while nothing is wrong.
 */
export class EncodeFault extends Error {
  readonly steps: string[] = [];

  constructor(reason: string, cause?: unknown) {
    super(reason, cause === undefined ? undefined : { cause });
  }
}

/** Longer paths lose their middle. */
const MAX_STEPS = 20;

/** The fault that `error` is or becomes, seen from one container further up. */
export function faultAt(error: unknown, step: string): EncodeFault {
  const fault = asFault(error);
  fault.steps.push(step);
  return fault;
}

/** What the caller gets to see, with the whole path from `root`. */
export function toEncodeError(root: string, error: unknown): EncodeError {
  const fault = asFault(error);
  const steps = fault.steps.toReversed();
  if (steps.length > MAX_STEPS) steps.splice(MAX_STEPS / 2, steps.length - MAX_STEPS, '.…');
  return new EncodeError(root + steps.join(''), fault.message, fault.cause);
}

/** The step into a member: `.name`, `["two words"]`. */
export function memberStep(name: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? `.${name}` : `[${show(name)}]`;
}

/** Steps down into `object`, refusing cycles and more than `maxDepth` levels. Whoever steps up again pops `ancestors`. */
export function descend(object: object, ancestors: object[], maxDepth: number): void {
  if (ancestors.includes(object)) throw new EncodeFault('it refers to an object that contains it (a cycle)');
  if (ancestors.length >= maxDepth) throw new EncodeFault(`it is nested more than ${maxDepth} levels deep`);
  ancestors.push(object);
}

/** Symbol keys are neither written nor dropped in silence: `{ [Op.gt]: 5 }` and `{}` must not become one. */
export function refuseSymbolKeys(object: object): void {
  const symbols = Object.getOwnPropertySymbols(object);
  if (symbols.length === 0) return;
  const symbol = symbols.find((candidate) => Object.prototype.propertyIsEnumerable.call(object, candidate));
  if (symbol !== undefined) throw new EncodeFault(`it has a member under a symbol, ${String(symbol)}`);
}

/** Refuses members on an object whose kind has no place for them, such as a field on a Map. */
export function refuseExtraMembers(object: object, kind: string): void {
  refuseSymbolKeys(object);
  const [name] = Object.keys(object);
  if (name !== undefined) throw new EncodeFault(`${kind} with a member of its own, ${show(name)}`);
}

/**
 * The indices of an array at which there is something: all of them, unless it has holes.
 * @throws EncodeFault when it has members besides
 */
export function indicesOf(items: readonly unknown[]): readonly string[] {
  refuseSymbolKeys(items);
  const names = Object.keys(items);
  // Indices come before names, so that one look at the last of them is enough.
  const last = names.at(-1);
  if (last !== undefined && !isIndex(last)) throw new EncodeFault(`an array with a member of its own, ${show(last)}`);
  return names;
}

function isIndex(name: string): boolean {
  const index = Number(name) >>> 0;
  return String(index) === name && index !== 2 ** 32 - 1;
}

function asFault(error: unknown): EncodeFault {
  if (error instanceof EncodeFault) return error;
  const reason = error instanceof Error ? error.message : show(error);
  return new EncodeFault(`reading it threw: ${reason}`, error);
}
