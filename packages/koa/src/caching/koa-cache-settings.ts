import {
  assertFunction,
  assertKnownOptions,
  assertObject,
  assertOneOf,
  assertText,
  checkTags,
  declaredContext,
  DEFAULT_ROUTE,
  encodeArguments,
  InvalidOptionError,
  type Cache,
  type Duration,
  type RequestLog,
} from '@cachewarp/core';
import { resolveHttpPolicy, type HttpPolicy, type HttpPolicyOptions, type HttpRequest } from '@cachewarp/http';
import type { Context } from 'koa';
import { CapturedResponse } from './captured-response.js';
import type { BypassOptions, KoaCacheOptions, KoaContextDimension } from './koa-cache-options.js';
import { isRewritten, type KoaRequest } from './koa-request.js';
import { pathOf, pathTag } from './path-tag.js';

/** {@link KoaCacheOptions}, checked and resolved once. */
export interface KoaCacheSettings {
  readonly cache: Cache;
  /** For requests whose key does not say whose answer it is. */
  readonly shared: HttpPolicy;
  /** For requests whose key does. */
  readonly personal: HttpPolicy;
  /** For requests that asked to go past the cache. */
  readonly bypassing: HttpPolicy;
  /** Lifetime, for caching middleware in front that keeps the answer. */
  readonly ttl: Duration | 'adaptive' | undefined;
  readonly tags: readonly string[];
  /** Whether answers depend on more than the URL. */
  readonly hasContext: boolean;
  readonly statuses: ReadonlySet<number>;
  readonly tagsOf: ((ctx: Context) => readonly string[]) | undefined;
  /** Whether the key of this request says whose answer it is; undefined: it never does. */
  readonly isKeyed: ((ctx: Context) => boolean) | undefined;
  readonly bypass: { readonly param: string; readonly allow: (ctx: Context) => boolean } | undefined;
  readonly invalidate: 'collection' | 'uri' | false;
  readonly send: 'auto' | 'direct' | 'koa';
  readonly route: string | ((ctx: Context) => string);
  readonly log: RequestLog | undefined;
}

const OPTIONS = [
  'cache',
  'ttl',
  'ttlMode',
  'staleWhileRevalidate',
  'staleIfError',
  'statuses',
  'tags',
  'context',
  'credentials',
  'bypass',
  'invalidate',
  'ignoreParams',
  'requestDirectives',
  'maxBodyBytes',
  'send',
  'route',
  'log',
] as const satisfies readonly (keyof KoaCacheOptions)[];

type Dimensions = Readonly<Record<string, KoaContextDimension>>;

const PARAM = /^[A-Za-z0-9_.~-]{1,64}$/;
const DIMENSION = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
/** The dimension that says who asks. */
const USER = 'user';

/** @throws InvalidOptionError naming the first faulty option and its value */
export function readKoaCacheOptions(options: KoaCacheOptions): KoaCacheSettings {
  const given: unknown = options;
  assertObject('options', given);
  assertKnownOptions('', given, OPTIONS);
  const { cache, statuses = [200], tags, credentials, invalidate = 'collection', send = 'auto' } = options;
  const { route = DEFAULT_ROUTE, log } = options;
  if (typeof (cache as unknown as Partial<Cache> | undefined)?.getOrLoad !== 'function') {
    throw new InvalidOptionError('cache', 'must be made by createCache', cache);
  }
  if (invalidate !== false) assertOneOf('invalidate', invalidate, ['collection', 'uri']);
  assertOneOf('send', send, ['auto', 'direct', 'koa']);
  if (typeof route !== 'function') assertText('route', route, 256);
  if (log !== undefined) assertFunction('log.answered', (log as Partial<RequestLog> | null)?.answered);
  const context = contextOf(options);
  if (credentials !== undefined) assertOneOf('credentials', credentials, ['bypass', 'keyed']);
  if (credentials === 'keyed' && Object.keys(context).length === 0) {
    throw new InvalidOptionError(
      'credentials',
      "must not be 'keyed' without a context that says who asks",
      credentials,
    );
  }
  checkNames('ignoreParams', options.ignoreParams ?? []);
  const bypass = readBypass(options.bypass);
  const policy = policyOptions(options, context, bypass?.param);
  const shared = resolveHttpPolicy(policy);
  return Object.freeze({
    cache,
    shared,
    personal: resolveHttpPolicy({ ...policy, shared: false }),
    bypassing: Object.freeze({ ...shared, bypass: () => true }),
    ttl: options.ttl,
    tags: typeof tags === 'function' ? [] : (tags ?? []),
    hasContext: Object.keys(context).length > 0,
    statuses: new Set(statuses),
    tagsOf: typeof tags === 'function' ? tags : undefined,
    isKeyed: keyedBy(context, credentials),
    bypass,
    invalidate,
    send,
    route,
    log,
  });
}

function policyOptions(
  options: KoaCacheOptions,
  context: Dimensions,
  bypassParam: string | undefined,
): HttpPolicyOptions {
  const { ttl, ttlMode, staleWhileRevalidate, staleIfError, requestDirectives, maxBodyBytes, tags } = options;
  const { ignoreParams = [], statuses = [200] } = options;
  const fixedTags = tags === undefined || typeof tags === 'function' ? [] : checkTags('tags', tags);
  return {
    ...(ttl !== undefined && { ttl }),
    ...(ttlMode !== undefined && { ttlMode }),
    ...(staleWhileRevalidate !== undefined && { staleWhileRevalidate }),
    ...(staleIfError !== undefined && { staleIfError }),
    ...(requestDirectives !== undefined && { requestDirectives }),
    ...(maxBodyBytes !== undefined && { maxBodyBytes }),
    defaultTtl: (_request, response) => (response instanceof CapturedResponse ? response.ttl : undefined),
    // What a handler answers with one of these statuses is meant to be kept, also where RFC 9111 would not assume so.
    ...(ttl !== undefined &&
      ttl !== 'adaptive' && { negativeTtl: Object.fromEntries(statuses.map((status) => [status, ttl])) }),
    statuses,
    // A handler cannot be asked whether what it answered still stands, so nothing is kept for asking.
    keep: 0,
    // Nothing is kept that neither the application nor its handler asked for.
    heuristics: false,
    tags: (request, response) => [
      pathTag(pathOf(request.target)),
      ...fixedTags,
      ...(response instanceof CapturedResponse ? response.tags : []),
    ],
    key: {
      scope: 'path',
      sortQuery: true,
      ignoreParams: bypassParam === undefined ? ignoreParams : [bypassParam, ...ignoreParams],
    },
    context: dimensionsOf(context),
  };
}

/**
 * What tells entries of one URL apart. The name of the key is the path alone, as people write it; but handlers see under which host
 * and scheme they are called, so an answer made for one is not given to another.
 */
function dimensionsOf(context: Dimensions): HttpPolicyOptions['context'] & object {
  const dimensions: Record<string, (request: HttpRequest) => string | undefined> = { origin: originOf };
  for (const [name, read] of Object.entries(context)) {
    dimensions[name] = (request) => textOf((request as KoaRequest).ctx, read);
  }
  return dimensions;
}

function originOf(request: HttpRequest): string {
  const { scheme, authority, ctx } = request as KoaRequest;
  const origin = `${scheme}://${authority}`;
  if (ctx.url === ctx.originalUrl) return origin;
  // Handlers see the path that something in front has made of the client's, and can see the client's, too.
  const path = `${origin} ${pathOf(ctx.url)}`;
  return isRewritten(ctx) ? `${path} ${ctx.originalUrl}` : path;
}

/** As arguments of cached methods are encoded, so that 1 and '1' are two users. */
function textOf(ctx: Context, read: KoaContextDimension): string | undefined {
  const value = read(ctx);
  return value === undefined || value === null ? undefined : encodeArguments([value]);
}

function keyedBy(context: Dimensions, credentials: KoaCacheOptions['credentials']): KoaCacheSettings['isKeyed'] {
  const user = context[USER];
  if (credentials === 'bypass' || (credentials === undefined && user === undefined)) return undefined;
  if (user !== undefined) return (ctx) => textOf(ctx, user) !== undefined;
  const reads = Object.values(context);
  return (ctx) => reads.some((read) => textOf(ctx, read) !== undefined);
}

/** What was declared for the cache counts for its HTTP answers, too. */
function contextOf({ cache, context = {} }: KoaCacheOptions): Dimensions {
  const given: unknown = context;
  assertObject('context', given);
  for (const [name, read] of Object.entries(given)) {
    if (!DIMENSION.test(name) || name === 'origin') {
      throw new InvalidOptionError(
        'context',
        'must have names of letters, digits and underscores, and none called origin',
        name,
      );
    }
    assertFunction(`context.${name}`, read);
  }
  return { ...declaredContext(cache), ...context };
}

function checkNames(field: string, names: unknown): void {
  if (!Array.isArray(names)) throw new InvalidOptionError(field, 'must be a list of names', names);
  for (const [index, name] of names.entries()) assertText(`${field}[${index}]`, name, 128);
}

function readBypass(bypass: BypassOptions | false | undefined): KoaCacheSettings['bypass'] {
  if (bypass === false) return undefined;
  const given: unknown = bypass ?? {};
  assertObject('bypass', given);
  assertKnownOptions('bypass', given, ['param', 'allow']);
  const { param = 'nocache', allow = () => true } = bypass ?? {};
  assertText('bypass.param', param, 64);
  if (!PARAM.test(param)) throw new InvalidOptionError('bypass.param', 'must be the name of a query parameter', param);
  assertFunction('bypass.allow', allow);
  return { param, allow };
}
