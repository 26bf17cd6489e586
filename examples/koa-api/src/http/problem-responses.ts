import { STATUS_CODES } from 'node:http';
import type { Context, Next } from 'koa';
import { Problem } from './problem.js';

/** Middleware: whatever goes wrong behind it is answered as problem+json. Errors that are not the client's go to the application's listeners. */
export async function problemResponses(ctx: Context, next: Next): Promise<void> {
  try {
    await next();
    if (ctx.status >= 400 && ctx.body === undefined) throw nothingThere(ctx);
  } catch (error) {
    if (!(error instanceof Problem)) ctx.app.emit('error', error, ctx);
    answer(ctx, error instanceof Problem ? error : new Problem(500, 'The request could not be served.'));
  }
}

function nothingThere(ctx: Context): Problem {
  const { status, method, path } = ctx;
  if (status === 405) return new Problem(status, 'This path does not have this method.', 'method', method);
  return new Problem(status, 'There is nothing at this path.', 'path', path);
}

function answer(ctx: Context, { status, message, field, value }: Problem): void {
  ctx.status = status;
  // More of the body may be on its way; nobody will read it.
  if (status === 413) ctx.set('Connection', 'close');
  ctx.body = {
    type: 'about:blank',
    title: STATUS_CODES[status],
    status,
    detail: message,
    ...(field !== undefined && { field, value }),
  };
  ctx.type = 'application/problem+json';
}
