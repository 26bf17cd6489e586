import { assertFunction, assertObject, assertOneOf } from '../base/assert.js';
import { InvalidOptionError } from '../base/errors.js';
import type { Duration } from '../base/duration.js';
import { assertContextNames } from '../container/context-dimensions.js';
import { UNBOUND_MODES, type UnboundMode } from '../container/unbound.js';
import { KeyDef } from '../key/key-family.js';
import type { EntryOptions } from '../policy/cache-options.js';
import { DEFAULT_POLICY, resolvePolicy } from '../policy/cache-policy.js';
import type { AsyncMethod, Call, FromResult, KeyDefFor, PlainEntryOptions } from './decorated-method.js';

/** Options of `@CacheResponse`. `S` is the instance, `M` the method; both are inferred. */
export interface CacheResponseOptions<S, M extends AsyncMethod> extends PlainEntryOptions {
  /**
   * How long the result is fresh, or a function of the result and the call. Above 0. `'adaptive'`: chosen by what is seen.
   * @defaultValue the `defaults` of the cache, or else 30 seconds
   */
  ttl?: Duration | 'adaptive' | FromResult<S, M, Duration>;
  /** Tags of the entry, or a function of the result and the call. At most 128 of 1 to 512 characters. */
  tags?: readonly string[] | FromResult<S, M, readonly string[]>;
  /** Keep the result only when this returns true. */
  when?: FromResult<S, M, boolean>;
  /** Do not keep the result when this returns true. */
  unless?: FromResult<S, M, boolean>;
  /**
   * What identifies the result:
   * - a family made by `defineKey`, whose arguments the method begins with. Every method that names it shares its entries;
   * - a family name of 1 to 128 characters of `A-Z a-z 0-9 _ . : - /`, in place of `Class.method`; all arguments count;
   * - a function of the arguments, called on the instance: what it returns, text or a list of parts, stands in the key in
   *   place of the arguments.
   * @defaultValue the name of the instance's class, the name of the method, and all arguments
   */
  key?: string | KeyDefFor<M> | ((this: S, ...args: Parameters<M>) => string | readonly unknown[]);
  /**
   * What the result depends on beside the arguments; it becomes part of every key. Names of dimensions declared for the cache,
   * or dimensions by name: a function of the call, or `true` for the declared one.
   * @defaultValue every dimension declared for the cache
   */
  context?: readonly string[] | Readonly<Record<string, true | ((call: Call<S, M>) => unknown)>>;
  /**
   * What a call does when no Cache is found.
   * @defaultValue what `configureCaching` says, or else 'passthrough'
   */
  unbound?: UnboundMode;
}

/** Options of any method, for code that knows none. */
export type AnyCacheResponseOptions = CacheResponseOptions<unknown, AsyncMethod>;

/** A call of any method. */
export type AnyCall = Call<unknown, AsyncMethod>;
/** One thing beside the arguments that a key depends on. */
export type Dimension = (call: AnyCall) => unknown;
type KeyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** Options read once, when the class is defined. */
export interface MethodPlan {
  /** As given, for adapters. */
  readonly options: AnyCacheResponseOptions;
  /** What does not depend on the call; always the same object, as the engine reads it once. */
  readonly entryOptions: EntryOptions | undefined;
  /** What depends on the call and its result; undefined when nothing does. */
  readonly entryOptionsOf: ((call: AnyCall) => EntryOptions) | undefined;
  readonly keyDef: KeyDef | undefined;
  readonly family: string | undefined;
  readonly keyFunction: KeyFunction | undefined;
  readonly context: readonly string[] | Readonly<Record<string, true | Dimension>> | undefined;
  readonly unbound: UnboundMode | undefined;
}

const OWN_OPTIONS = ['key', 'context', 'unbound'] as const;
const RESULT_OPTIONS = ['ttl', 'tags', 'when', 'unless'] as const;
const FAMILY_PATTERN = /^[A-Za-z0-9_.:\-/]{1,128}$/;

/** @throws InvalidOptionError naming the first faulty option and its value */
export function readCacheResponseOptions(options: AnyCacheResponseOptions): MethodPlan {
  // The engine's own check of whatever is static; callbacks are checked for being functions.
  resolvePolicy(options as EntryOptions, DEFAULT_POLICY, '', OWN_OPTIONS);
  if (options.unbound !== undefined) assertOneOf('unbound', options.unbound, UNBOUND_MODES);
  if (options.context !== undefined) assertContextOption(options.context);
  const { key } = options;
  const fromResult = RESULT_OPTIONS.filter((name) => typeof options[name] === 'function');
  return {
    options,
    entryOptions: staticOptions(options, fromResult),
    entryOptionsOf: fromResult.length === 0 ? undefined : (call) => boundToCall(options, fromResult, call),
    keyDef: readKeyDef(key),
    family: readFamily(key),
    keyFunction: typeof key === 'function' ? (key as KeyFunction) : undefined,
    context: options.context,
    unbound: options.unbound,
  };
}

function staticOptions(options: AnyCacheResponseOptions, fromResult: readonly string[]): EntryOptions | undefined {
  const entries = Object.entries(options).filter(
    ([name, value]) => value !== undefined && !OWN_OPTIONS.includes(name as never) && !fromResult.includes(name),
  );
  return entries.length === 0 ? undefined : Object.freeze(Object.fromEntries(entries));
}

function boundToCall(
  options: AnyCacheResponseOptions,
  names: readonly (typeof RESULT_OPTIONS)[number][],
  call: AnyCall,
): EntryOptions {
  const bound: Record<string, unknown> = {};
  for (const name of names) {
    const callback = options[name] as FromResult<unknown, AsyncMethod, unknown>;
    bound[name] = (value: unknown) => callback(value, call);
  }
  return bound;
}

function readKeyDef(key: unknown): KeyDef | undefined {
  if (key === undefined || typeof key === 'string' || typeof key === 'function') return undefined;
  if (key instanceof KeyDef) return key as KeyDef;
  throw new InvalidOptionError(
    'key',
    'must be a key family (defineKey), the name of one, or a function of the arguments',
    key,
  );
}

function readFamily(key: unknown): string | undefined {
  if (typeof key !== 'string') return undefined;
  if (FAMILY_PATTERN.test(key)) return key;
  throw new InvalidOptionError('key', 'must be a family name of 1 to 128 characters of A-Z a-z 0-9 _ . : - /', key);
}

function assertContextOption(context: unknown): void {
  if (Array.isArray(context)) {
    for (const [index, name] of context.entries()) {
      if (typeof name !== 'string')
        throw new InvalidOptionError(`context[${index}]`, 'must be the name of a dimension', name);
    }
    assertContextNames(context as string[]);
    return;
  }
  assertObject('context', context);
  for (const [name, dimension] of Object.entries(context))
    if (dimension !== true) assertFunction(`context.${name}`, dimension);
  assertContextNames(Object.keys(context));
}
