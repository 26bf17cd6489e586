import {
  InvalidationError,
  InvalidOptionError,
  KeyDef,
  type Cache,
  type InvalidationRule,
  type Target,
} from '@cachewarp/core';
import type { Context } from 'koa';
import { invalidateFor } from '../caching/after-change.js';
import { pathTag } from '../caching/path-tag.js';
import type { HandlerCall } from './handler-caching.js';

const PARAMETER = /:([A-Za-z_][A-Za-z0-9_]*)/g;
/** A key of a response, for which `:id` can only mean a parameter. */
const RESPONSE_KEY = /^[A-Z]+:\//;

/**
 * Refuses names in `@Invalidates('GET:/api/users/:id')` that the route does not have: they would never match anything.
 *
 * @param path - the whole path of the route
 * @param text - the handler in messages: `UsersController.update`
 */
export function checkTemplates(rules: readonly InvalidationRule[], path: string, text: string): void {
  const known = new Set([...path.matchAll(PARAMETER)].map((match) => match[1]));
  for (const key of rules.flatMap(({ targets }) => targets.map(keyOf))) {
    if (key === undefined || !RESPONSE_KEY.test(key)) continue;
    for (const [parameter, name] of key.slice(key.indexOf('/')).matchAll(PARAMETER)) {
      if (known.has(name)) continue;
      throw new InvalidOptionError(`@Invalidates of ${text}`, `must use parameters of its route ${path}`, parameter);
    }
  }
}

/** Runs a handler under its `@Invalidates` rules. They act when the answer is 2xx or 3xx; those with `before`, in any case. */
export async function runInvalidating(
  rules: readonly InvalidationRule[],
  cache: Cache,
  ctx: Context,
  call: HandlerCall,
  run: () => Promise<unknown>,
): Promise<void> {
  const early = rules.filter(({ before }) => before).flatMap((rule) => namedTargets(rule, ctx, call));
  await invalidateFor(ctx, cache, early);
  let value: unknown;
  try {
    value = await run();
  } finally {
    // A reader that came meanwhile has kept the old answer, whatever became of the change.
    await invalidateFor(ctx, cache, early);
  }
  if (ctx.status < 200 || ctx.status >= 400) return;
  for (const rule of rules) if (!rule.before) await invalidateBy(rule, cache, ctx, call, value);
}

async function invalidateBy(
  rule: InvalidationRule,
  cache: Cache,
  ctx: Context,
  call: HandlerCall,
  value: unknown,
): Promise<void> {
  try {
    const computed = rule.targets.flatMap((target) => (typeof target === 'function' ? target(value, call) : []));
    const targets = [...namedTargets(rule, ctx, call), ...computed.flatMap(withVariants)];
    if (rule.afterCommit === undefined) await invalidateFor(ctx, cache, targets);
    else rule.afterCommit(() => invalidateFor(ctx, cache, targets), call);
  } catch (error) {
    throw new InvalidationError(call.method, value, error);
  }
}

function namedTargets(rule: InvalidationRule, ctx: Context, call: HandlerCall): Target[] {
  return rule.targets.flatMap((target): Target[] => {
    if (typeof target === 'function') return [];
    if (target instanceof KeyDef) return [target.of(...call.args)];
    return withVariants(filled(target, ctx.params as Readonly<Record<string, string | undefined>>));
  });
}

/** A target with the parameters of the route filled in: percent-encoded in keys and prefixes, as they stand there; plain in tags. */
function filled(target: Target, params: Readonly<Record<string, string | undefined>>): Target {
  const fill = (text: string, encode: (value: string) => string): string =>
    text.replace(PARAMETER, (parameter, name: string) => {
      const value = Object.hasOwn(params, name) ? params[name] : undefined;
      return value === undefined ? parameter : encode(value);
    });
  const plain = (value: string): string => value;
  if (typeof target === 'string') return fill(target, encodeURIComponent);
  if ('key' in target) return { key: fill(target.key, encodeURIComponent) };
  if ('prefix' in target) return { prefix: fill(target.prefix, encodeURIComponent) };
  if ('tag' in target) return { tag: fill(target.tag, plain) };
  if ('tags' in target) return { tags: target.tags.map((tag) => fill(tag, plain)) };
  return target;
}

/** The key of a response without a query means all answers under its path, as the changes that invalidate by themselves do. */
function withVariants(target: Target): Target[] {
  const key = keyOf(target);
  if (key === undefined || !key.startsWith('GET:/') || key.includes('?')) return [target];
  return [target, { tag: pathTag(key.slice('GET:'.length)) }];
}

function keyOf(target: unknown): string | undefined {
  if (typeof target === 'string') return target;
  if (typeof target !== 'object' || target === null || target instanceof KeyDef) return undefined;
  return 'key' in target && typeof target.key === 'string' ? target.key : undefined;
}
