import type { Duration } from '@cachewarp/core';
import type { Context } from 'koa';

/**
 * What is known of one request that a caching middleware is answering: what handlers behind it say of their answer, and that
 * other caching middleware behind it has nothing to look up.
 */
export class CachingState {
  /** Lifetime of the answer where it states none; undefined: that of the middleware. */
  ttl: Duration | undefined;
  /** Whether the answer may be kept at all. */
  isKept = true;
  readonly tags: string[] = [];
  /** What callbacks about the answer have thrown. */
  readonly faults: unknown[] = [];

  /** Asks callbacks about the answer. Where one fails, the answer goes out all the same, and is not kept. */
  ask(callbacks: () => void): void {
    try {
      callbacks();
    } catch (error) {
      this.isKept = false;
      this.faults.push(error);
    }
  }
}

const STATE = Symbol('cachewarp.koa');

/** The state of a request; undefined where no caching middleware of ours is in front. */
export function stateOf(ctx: Context): CachingState | undefined {
  return (ctx as Context & { [STATE]?: CachingState })[STATE];
}

export function beginState(ctx: Context): CachingState {
  const state = new CachingState();
  Object.defineProperty(ctx, STATE, { value: state, configurable: true });
  return state;
}
