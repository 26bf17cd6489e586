/**
 * Every error CacheWarp throws. `code` is stable and is what programs compare; the message is for people.
 * `docs/errors.md` has a paragraph for every code, and a test keeps the two lists equal.
 */
export class CacheWarpError extends Error {
  /** Stable identifier, e.g. `ERR_CACHEWARP_INVALID_OPTION`. */
  readonly code: string;
  /** The cache key the error is about, where there is one. */
  readonly key: string | undefined;

  constructor(code: string, message: string, details: { cause?: unknown; key?: string | undefined } = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.name = new.target.name;
    this.code = code;
    this.key = details.key;
  }
}

/** An option, argument or key has a value that cannot be used. The message names the field and the value. */
export class InvalidOptionError extends CacheWarpError {
  /** Path of the faulty field, e.g. `defaults.ttl`. */
  readonly field: string;
  /** What was given. */
  readonly value: unknown;

  constructor(field: string, expectation: string, value: unknown) {
    super('ERR_CACHEWARP_INVALID_OPTION', `${field} ${expectation}, got ${show(value)}`);
    this.field = field;
    this.value = value;
  }
}

/** Two different key families, or two classes with cached methods, claim one name: their entries would mix. */
export class DuplicateKeyFamilyError extends CacheWarpError {
  readonly family: string;

  constructor(family: string, remedy: string) {
    super('ERR_CACHEWARP_DUPLICATE_KEY_FAMILY', `key family ${show(family)} is defined twice: ${remedy}`);
    this.family = family;
  }
}

/** A value, or an argument of a cached method, has no faithful encoding. `path` leads to the part at fault. */
export class EncodeError extends CacheWarpError {
  /** Where in the value, e.g. `$.user.avatar` or `argument 1.filter`. */
  readonly path: string;

  constructor(path: string, reason: string, cause?: unknown) {
    super('ERR_CACHEWARP_ENCODE', `cannot encode ${path}: ${reason}`, cause === undefined ? {} : { cause });
    this.path = path;
  }
}

/** Bytes read from a store are not an entry of ours. Readers treat such an entry as a miss. */
export class DecodeError extends CacheWarpError {
  constructor(reason: string, cause?: unknown) {
    super('ERR_CACHEWARP_DECODE', `cannot decode entry: ${reason}`, cause === undefined ? {} : { cause });
  }
}

/** The loader did not settle within `hardTimeout` and no stale value was allowed in its place. */
export class LoadTimeoutError extends CacheWarpError {
  readonly timeoutMs: number;

  constructor(key: string, timeoutMs: number) {
    super('ERR_CACHEWARP_LOAD_TIMEOUT', `load of ${show(key)} took longer than hardTimeout (${timeoutMs} ms)`, { key });
    this.timeoutMs = timeoutMs;
  }
}

/** A store did not answer within `storeTimeout`. Seen in events; callers of the cache get the loader's value instead. */
export class StoreTimeoutError extends CacheWarpError {
  constructor(store: string, operation: string, timeoutMs: number) {
    super('ERR_CACHEWARP_STORE_TIMEOUT', `store ${show(store)} did not answer ${operation} within ${timeoutMs} ms`);
  }
}

/** The store's circuit breaker is open, so the operation was not tried. Seen in events only. */
export class BreakerOpenError extends CacheWarpError {
  constructor(store: string, operation: string) {
    super('ERR_CACHEWARP_BREAKER_OPEN', `circuit breaker of store ${show(store)} is open, ${operation} was not tried`);
  }
}

/** The cache was closed: it loads, stores and invalidates nothing any more. */
export class CacheClosedError extends CacheWarpError {
  constructor(cache: string, operation: string) {
    super('ERR_CACHEWARP_CLOSED', `cache ${show(cache)} is closed, ${operation} is not possible`);
  }
}

/** A decorated method was called with no Cache bound to its instance or container, under `unbound: 'throw'`. */
export class UnboundCacheError extends CacheWarpError {
  constructor(method: string, remedy: string) {
    super('ERR_CACHEWARP_UNBOUND', `${method} is decorated, but no cache is bound: ${remedy}`);
  }
}

/**
 * A method under `@Invalidates` has succeeded, but its invalidation has failed, for the reason in `cause`: what the method
 * wrote is written, and caches may still hold the old value.
 */
export class InvalidationError extends CacheWarpError {
  /** What the method returned. */
  readonly result: unknown;

  constructor(method: string, result: unknown, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super('ERR_CACHEWARP_INVALIDATION', `${method} has run, but its invalidation failed: ${reason}`, { cause });
    this.result = result;
  }
}

/** Renders a value for a message: short, quoted where it is text, never throwing. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(shorten(value));
  if (typeof value === 'bigint') return `${value}n`;
  try {
    if (typeof value === 'function') return value.name === '' ? 'a function' : `function ${value.name}`;
    if (typeof value !== 'object' || value === null) return String(value);
    return shorten(JSON.stringify(value));
  } catch {
    // A cycle, or something in it throws. The message must still be made, and that it is an object is left to say.
    return 'an object';
  }
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
