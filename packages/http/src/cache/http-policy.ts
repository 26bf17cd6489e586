import {
  assertFunction,
  assertKnownOptions,
  assertNumber,
  assertObject,
  assertOneOf,
  checkTags,
  InvalidOptionError,
  parseBytes,
  parseDuration,
} from '@cachewarp/core';
import type { HttpRequest, HttpResponse } from '../message/http-message.js';
import { semanticsOptions, type SemanticsOptions } from '../semantics/semantics-options.js';
import { readHttpAdaptive, type HttpAdaptive } from './http-adaptive-options.js';
import type { HttpPolicyOptions, TagsOf, TtlOf } from './http-policy-options.js';
import { compileNamePatterns } from './name-pattern.js';

/** {@link HttpPolicyOptions}, checked and resolved once: durations in ms, every default filled in. Frozen. */
export interface HttpPolicy {
  /** The rules for a request as it is. */
  readonly semantics: SemanticsOptions;
  /** The rules for a request whose cookies are all ignored or keyed: none of them makes it personal. */
  readonly semanticsWithoutCookies: SemanticsOptions;
  readonly key: KeyRules;
  readonly requestDirectives: 'honour' | 'ignore' | 'coalesce';
  /** Undefined: all. */
  readonly statuses: ReadonlySet<number> | undefined;
  readonly tags: readonly string[];
  readonly tagsOf: TagsOf | undefined;
  readonly defaultTtlOf: TtlOf | undefined;
  /** Undefined: no lifetime is adaptive, and none is watched. */
  readonly adaptive: HttpAdaptive | undefined;
  readonly keepMs: number;
  readonly etagFromBody: boolean;
  /** Lower-case names of fields that clients do not get. */
  readonly strippedFields: readonly string[];
  readonly maxBodyBytes: number;
  readonly maxVariants: number;
  readonly hitForMissMs: number;
  readonly coalesceTimeoutMs: number;
  readonly maxWaiters: number;
  readonly bypass: ((request: HttpRequest) => boolean) | undefined;
  /**
   * For adapters whose rules also speak of the answer: `{ ...policy, forAnswer }`. Absent: an answer is kept by the policy of its request.
   */
  readonly forAnswer?: AnswerPolicy;
}

/**
 * Chooses the policy by which an answer is kept, when its head has come; `false` keeps it not at all. What concerns the request (`key`,
 * `requestDirectives`, `bypass`, waiting) must be as in the policy of the request.
 */
export type AnswerPolicy = (
  request: HttpRequest,
  answer: Pick<HttpResponse, 'status' | 'headers'>,
) => HttpPolicy | false;

/** How a request becomes a key. */
export interface KeyRules {
  readonly scope: 'origin' | 'path';
  readonly sortQuery: boolean;
  readonly ignoresParam: ((name: string) => boolean) | undefined;
  /** Undefined: cookies are no part of the key and none is ignored. */
  readonly cookies:
    { readonly isIgnored: (name: string) => boolean; readonly isKeyed: (name: string) => boolean } | undefined;
  readonly context: readonly (readonly [name: string, read: (request: HttpRequest) => string | undefined])[];
}

const OPTIONS = [
  'ttl',
  'ttlMode',
  'adaptive',
  'defaultTtl',
  'negativeTtl',
  'staleWhileRevalidate',
  'staleIfError',
  'staleIfUnreachable',
  'grace',
  'keep',
  'heuristics',
  'shared',
  'storeSetCookie',
  'cookies',
  'requestDirectives',
  'statuses',
  'tags',
  'targets',
  'key',
  'context',
  'etagFromBody',
  'surrogateFields',
  'maxBodyBytes',
  'maxVariants',
  'hitForMissSeconds',
  'coalesceTimeout',
  'maxWaiters',
  'bypass',
] as const satisfies readonly (keyof HttpPolicyOptions)[];

const DEFAULT_TARGETS: readonly string[] = ['cdn-cache-control'];
const SURROGATE_FIELDS: readonly string[] = ['surrogate-key', 'surrogate-control', 'cache-tag'];

/**
 * Checks the options of a policy and fills in the defaults.
 * @param field - where the options stand, for messages: `''`, `rules[2].cache`, …
 * @throws InvalidOptionError naming the first faulty option and its value
 */
export function resolveHttpPolicy(options: HttpPolicyOptions = {}, field = ''): HttpPolicy {
  assertObject(field === '' ? 'options' : field, options);
  assertKnownOptions(field, options, OPTIONS);
  const given = options as HttpPolicyOptions;
  const at = (name: string): string => (field === '' ? name : `${field}.${name}`);
  const {
    requestDirectives = 'honour',
    surrogateFields = 'keep',
    etagFromBody = false,
    maxVariants = 64,
    maxWaiters = 10_000,
    hitForMissSeconds = 30,
  } = given;
  assertOneOf(at('requestDirectives'), requestDirectives, ['honour', 'ignore', 'coalesce']);
  assertOneOf(at('surrogateFields'), surrogateFields, ['keep', 'strip']);
  assertNumber(at('maxVariants'), maxVariants, 1, 10_000);
  assertNumber(at('maxWaiters'), maxWaiters, 0, 1_000_000);
  assertNumber(at('hitForMissSeconds'), hitForMissSeconds, 10, 120);
  if (given.bypass !== undefined) assertFunction(at('bypass'), given.bypass);
  if (typeof given.tags !== 'function' && given.tags !== undefined) checkTags(at('tags'), given.tags);

  const targets = readNames(at('targets'), given.targets ?? DEFAULT_TARGETS).map((name) => name.toLowerCase());
  const semantics = readSemantics(given, targets, at);
  const policy: HttpPolicy = {
    semantics,
    semanticsWithoutCookies: Object.freeze({ ...semantics, cookies: 'ignore' }),
    key: readKeyRules(given, at),
    requestDirectives,
    statuses: readStatuses(at('statuses'), given.statuses),
    tags: typeof given.tags === 'function' ? [] : [...(given.tags ?? [])],
    tagsOf: typeof given.tags === 'function' ? given.tags : undefined,
    defaultTtlOf: typeof given.defaultTtl === 'function' ? given.defaultTtl : undefined,
    adaptive: readHttpAdaptive(given.adaptive, isAdaptive(given, at), at('adaptive')),
    keepMs: parseDuration(at('keep'), given.keep ?? '1h', { allowZero: true }),
    etagFromBody: readBoolean(at('etagFromBody'), etagFromBody),
    strippedFields: surrogateFields === 'strip' ? [...SURROGATE_FIELDS, ...targets] : [],
    maxBodyBytes: parseBytes(at('maxBodyBytes'), given.maxBodyBytes ?? '8mb'),
    maxVariants: Math.floor(maxVariants),
    hitForMissMs: hitForMissSeconds * 1000,
    coalesceTimeoutMs: parseDuration(at('coalesceTimeout'), given.coalesceTimeout ?? '10s'),
    maxWaiters: Math.floor(maxWaiters),
    bypass: given.bypass,
  };
  return Object.freeze(policy);
}

type At = (name: string) => string;

/** Whether the lifetime is to be chosen by what is seen. */
function isAdaptive({ ttl, ttlMode }: HttpPolicyOptions, at: At): boolean {
  if (ttlMode !== 'adaptive') return ttl === 'adaptive';
  if (ttl === undefined || ttl === 'adaptive') return true;
  throw new InvalidOptionError(at('ttl'), 'must be left out with ttlMode adaptive', ttl);
}

function readSemantics(options: HttpPolicyOptions, targets: readonly string[], at: At): SemanticsOptions {
  const { ttlMode: mode = 'respect', negativeTtl = {}, grace = 0 } = options;
  assertOneOf(at('ttlMode'), mode, ['respect', 'tighten', 'override', 'adaptive']);
  const ttlMode = mode === 'adaptive' ? 'respect' : mode;
  const ttl = options.ttl === 'adaptive' ? undefined : options.ttl;
  if (ttlMode !== 'respect' && options.ttl === undefined) {
    throw new InvalidOptionError(at('ttl'), `must be given with ttlMode ${ttlMode}`, undefined);
  }
  const ttlMs = ttl === undefined ? undefined : parseDuration(at('ttl'), ttl);
  const ownTtl = typeof options.defaultTtl === 'function' ? undefined : options.defaultTtl;
  const defaultTtl = ownTtl ?? (ttlMode === 'respect' ? ttl : undefined);
  const graceMs = parseDuration(at('grace'), grace, { allowZero: true });
  const windowMs = (name: 'staleWhileRevalidate' | 'staleIfError'): number =>
    options[name] === undefined ? graceMs : parseDuration(at(name), options[name], { allowZero: true });
  assertObject(at('negativeTtl'), negativeTtl);
  const ttlByStatusMs: Record<number, number> = {};
  for (const [status, duration] of Object.entries(negativeTtl)) {
    assertNumber(at('negativeTtl'), Number(status), 200, 999);
    ttlByStatusMs[Number(status)] = parseDuration(at(`negativeTtl.${status}`), duration);
  }
  return semanticsOptions({
    ttlMode,
    ttlMs,
    ttlByStatusMs: Object.freeze(ttlByStatusMs),
    defaultTtlMs: defaultTtl === undefined ? undefined : parseDuration(at('defaultTtl'), defaultTtl),
    staleWhileRevalidateMs: windowMs('staleWhileRevalidate'),
    staleIfErrorMs: windowMs('staleIfError'),
    staleIfUnreachableMs: parseDuration(at('staleIfUnreachable'), options.staleIfUnreachable ?? 0, { allowZero: true }),
    heuristics: readBoolean(at('heuristics'), options.heuristics ?? true),
    shared: readBoolean(at('shared'), options.shared ?? true),
    storeSetCookie: readBoolean(at('storeSetCookie'), options.storeSetCookie ?? false),
    honourRequestDirectives: options.requestDirectives !== 'ignore',
    targets,
  });
}

function readKeyRules(options: HttpPolicyOptions, at: At): KeyRules {
  const { key = {}, cookies = 'bypass', context = {} } = options;
  assertObject(at('key'), key);
  assertKnownOptions(at('key'), key, ['scope', 'sortQuery', 'ignoreParams']);
  const { scope = 'origin', sortQuery = false, ignoreParams = [] } = key as NonNullable<HttpPolicyOptions['key']>;
  assertOneOf(at('key.scope'), scope, ['origin', 'path']);
  const ignored = readNames(at('key.ignoreParams'), ignoreParams);
  assertObject(at('context'), context);
  for (const [name, read] of Object.entries(context)) assertFunction(at(`context.${name}`), read);
  return Object.freeze({
    scope,
    sortQuery: readBoolean(at('key.sortQuery'), sortQuery),
    ignoresParam: ignored.length === 0 ? undefined : compileNamePatterns(ignored),
    cookies: readCookieRules(cookies, at),
    context: Object.freeze(Object.entries(context)),
  });
}

function readCookieRules(cookies: unknown, at: At): KeyRules['cookies'] {
  if (cookies === 'bypass') return undefined;
  if (typeof cookies !== 'object' || cookies === null) {
    throw new InvalidOptionError(at('cookies'), "must be 'bypass' or lists of names: { ignore, key }", cookies);
  }
  assertKnownOptions(at('cookies'), cookies, ['ignore', 'key']);
  const { ignore = [], key = [] } = cookies as { ignore?: readonly string[]; key?: readonly string[] };
  return {
    isIgnored: compileNamePatterns(readNames(at('cookies.ignore'), ignore)),
    isKeyed: compileNamePatterns(readNames(at('cookies.key'), key)),
  };
}

function readStatuses(field: string, statuses: readonly number[] | undefined): ReadonlySet<number> | undefined {
  if (statuses === undefined) return undefined;
  if (!Array.isArray(statuses)) throw new InvalidOptionError(field, 'must be a list of statuses', statuses);
  for (const [index, status] of (statuses as unknown[]).entries()) assertNumber(`${field}[${index}]`, status, 200, 999);
  return new Set(statuses);
}

function readNames(field: string, names: unknown): readonly string[] {
  if (!Array.isArray(names)) throw new InvalidOptionError(field, 'must be a list of names', names);
  for (const [index, name] of (names as unknown[]).entries()) {
    if (typeof name === 'string' && name !== '') continue;
    throw new InvalidOptionError(`${field}[${index}]`, 'must be text that is not empty', name);
  }
  return names as string[];
}

function readBoolean(field: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new InvalidOptionError(field, 'must be true or false', value);
}
