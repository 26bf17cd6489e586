import { assertFunction, assertKnownOptions, assertOneOf } from '../base/assert.js';
import { InvalidOptionError } from '../base/errors.js';
import { UNBOUND_MODES, type UnboundMode } from '../container/unbound.js';
import { readTargets, type Target } from '../invalidation/target.js';
import { KeyDef } from '../key/key-family.js';
import type { AnyCall } from './cache-response-options.js';
import type { AsyncMethod, Call, FromResult, KeyDefFor } from './decorated-method.js';

/**
 * A target named when the class is defined. A key family stands for its key of the method's arguments; it has a `prefix`, too,
 * and must not pass for the invalidation of all its keys when its arguments do not fit.
 */
export type NamedTarget<M extends AsyncMethod> =
  Exclude<Target, { readonly prefix: string }> | { readonly prefix: string; readonly parts?: undefined } | KeyDefFor<M>;

/** A target read from the result and the call, or several, or none. */
export type ComputedTarget<S, M extends AsyncMethod> = FromResult<S, M, Target | readonly Target[]>;

/** For `@Invalidates`, behind the targets. */
export interface InvalidatesOptions<S, M extends AsyncMethod> {
  /**
   * Takes over the moment: called after the method has succeeded with `run`, which invalidates. For methods that run inside a
   * transaction, where a reader would load and keep the old row until the commit: `(run) => transaction.onCommit(run)`.
   * The method's promise does not wait for it. `run` rejects with an InvalidationError.
   */
  afterCommit?: (run: () => Promise<void>, call: Call<S, M>) => void;
  /**
   * What a call does when no Cache is found. `passthrough` runs the method without invalidating.
   * @defaultValue what `configureCaching` says, or else 'passthrough'
   */
  unbound?: UnboundMode;
}

/** For `@Invalidates`, behind named targets: do not wait for the method's success. */
export interface BeforeOptions {
  /**
   * Invalidates before the method runs, and again when it has settled, also when it has failed: a reader that came in
   * between may have kept the old value.
   */
  before: true;
  /** As in {@link InvalidatesOptions}. */
  unbound?: UnboundMode;
}

/** What one `@Invalidates` says. Frozen. */
export interface InvalidationRule {
  /** Keys and other targets, key families, and functions of the result, in the order given. */
  readonly targets: readonly (Target | KeyDef | ((value: unknown, call: AnyCall) => Target | readonly Target[]))[];
  readonly before: boolean;
  readonly afterCommit: ((run: () => Promise<void>, call: AnyCall) => void) | undefined;
  readonly unbound: UnboundMode | undefined;
}

const OPTIONS = ['before', 'afterCommit', 'unbound'] as const;

/** @throws InvalidOptionError naming the first faulty target or option and its value */
export function readInvalidationRule(given: readonly unknown[]): InvalidationRule {
  const last = given.at(-1);
  const { before, afterCommit, unbound } = isOptions(last) ? checkedOptions(last) : ({} as GivenOptions);
  const targets = isOptions(last) ? given.slice(0, -1) : given;
  if (targets.length === 0) throw new InvalidOptionError('targets', 'must name what to invalidate', targets);
  for (const [index, target] of targets.entries()) {
    if (typeof target !== 'function') assertNamed(target);
    else if (before === true) {
      throw new InvalidOptionError(
        `targets[${index}]`,
        'must not be computed from the result under before: true',
        target,
      );
    }
  }
  return Object.freeze({
    targets: Object.freeze([...targets]) as InvalidationRule['targets'],
    before: before === true,
    afterCommit: afterCommit as InvalidationRule['afterCommit'],
    unbound: unbound as UnboundMode | undefined,
  });
}

type GivenOptions = Readonly<Partial<Record<(typeof OPTIONS)[number], unknown>>>;

function isOptions(value: unknown): value is GivenOptions {
  return typeof value === 'object' && value !== null && OPTIONS.some((name) => name in value);
}

function checkedOptions(options: GivenOptions): GivenOptions {
  assertKnownOptions('', options, OPTIONS);
  const { before, afterCommit, unbound } = options;
  if (before !== undefined && before !== true)
    throw new InvalidOptionError('before', 'must be true where it is given', before);
  if (afterCommit !== undefined) assertFunction('afterCommit', afterCommit);
  if (before === true && afterCommit !== undefined) {
    throw new InvalidOptionError('afterCommit', 'must not be given beside before: true', afterCommit);
  }
  if (unbound !== undefined) assertOneOf('unbound', unbound, UNBOUND_MODES);
  return options;
}

function assertNamed(target: unknown): void {
  if (!(target instanceof KeyDef)) readTargets(target as Target);
}
