import { ServerResponse } from 'node:http';
import type { Context } from 'koa';

/** Resolves when the answer has gone out, or its client has left: then nothing in front of the middleware looks at the context any more. */
export function answered({ res }: Context): Promise<void> {
  if (res.writableFinished || res.destroyed) return Promise.resolve();
  return new Promise((resolve) => void res.once('close', () => resolve()));
}

/**
 * Gives a context whose answer has gone out a new, empty response that leads to no socket, so that the middleware behind can make the
 * answer once more, for the store alone. Request, state and everything else stay.
 */
export function detach(ctx: Context): void {
  const res = new ServerResponse(ctx.req);
  const blank = ctx.app.createContext(ctx.req, res);
  const { response } = blank;
  res.statusCode = 404;
  Object.assign(response, { ctx, request: ctx.request });
  Object.assign(ctx.request, { res, response });
  Object.assign(ctx, { res, response, respond: undefined, cookies: blank.cookies });
}
