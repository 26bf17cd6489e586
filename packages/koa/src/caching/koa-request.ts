import type { TLSSocket } from 'node:tls';
import { HeaderFields, type HttpRequest } from '@cachewarp/http';
import type { Context } from 'koa';

/** Fields that say who asks. */
const CREDENTIALS: readonly string[] = ['authorization', 'cookie'];

const ORDINARY_HOST = /^[\w.:[\]-]+$/;

/** A Koa request as the cache sees it. */
export class KoaRequest implements HttpRequest {
  readonly method: string;
  readonly scheme: 'http' | 'https';
  readonly authority: string;
  readonly target: string;
  readonly headers: HeaderFields;
  readonly ctx: Context;

  /** @param isKeyed - whether the key says whose answer it is, so that credentials need not */
  constructor(ctx: Context, isKeyed: boolean) {
    const { req } = ctx;
    const fields = HeaderFields.fromRaw(req.rawHeaders);
    this.ctx = ctx;
    // From Node's request where Koa only passes it on: each of its delegates costs as much as a look-up.
    this.method = req.method ?? '';
    this.scheme = isSecure(ctx) ? 'https' : 'http';
    this.authority = hostOf(ctx, fields);
    this.target = targetOf(ctx);
    this.headers = isKeyed ? fields.without(CREDENTIALS) : fields;
  }
}

function isSecure(ctx: Context): boolean {
  return ctx.app.proxy ? ctx.secure : (ctx.req.socket as Partial<TLSSocket>).encrypted === true;
}

/** As Koa understands it, behind a trusted proxy, too: what links and redirects are made of. */
function hostOf(ctx: Context, fields: HeaderFields): string {
  // From the lines as they came: Node makes an object of all of them when it is first asked for one.
  const host = fields.get('host') ?? '';
  // Koa takes lists and user names apart, which an ordinary name has not.
  return ctx.app.proxy || ctx.req.httpVersionMajor !== 1 || !ORDINARY_HOST.test(host) ? ctx.host : host;
}

/**
 * What the key is made of: the target as the client sent it, also in an application that is mounted below a path and sees only the
 * rest. A target that something in front has rewritten counts as rewritten.
 */
function targetOf({ req, originalUrl }: Context): string {
  const { url = '' } = req;
  return url === originalUrl || originalUrl.endsWith(url) ? originalUrl : url;
}

/** Whether what is keyed is not what the client sent. */
export function isRewritten({ req, originalUrl }: Context): boolean {
  const { url = '' } = req;
  return url !== originalUrl && !originalUrl.endsWith(url);
}

/**
 * Lets what stands behind the middleware see the query as it was keyed: what is not in the key must not make the answer.
 *
 * @param keyed - the target in its keyed form
 * @returns the way back
 */
export function useKeyedTarget(ctx: Context, keyed: string): () => void {
  const sent = ctx.url;
  const mountedBelow = targetOf(ctx).length - sent.length;
  const url = keyed.slice(mountedBelow);
  if (url === sent) return () => undefined;
  ctx.url = url;
  return () => {
    // Whoever has written to it meanwhile meant something by that.
    if (ctx.url === url) ctx.url = sent;
  };
}
