import { createServer, type Server } from 'node:http';
import { createCache } from '@cachewarp/core';
import { httpCache } from '@cachewarp/koa';
import Koa from 'koa';
import { BODY } from './body.js';

/** A Koa application that answers with the body. */
export function makeKoaHello(): Server {
  return serve(new Koa());
}

/** The same behind one more middleware, as most are written. */
export function makeKoaAsync(): Server {
  const app = new Koa();
  app.use(async (_, next) => {
    await next();
  });
  return serve(app);
}

/** The same behind our cache. */
export function makeKoaCached(): Server {
  const app = new Koa();
  app.use(httpCache({ cache: createCache(), ttl: '1h' }));
  return serve(app);
}

function serve(app: Koa): Server {
  app.use((ctx) => {
    ctx.type = 'application/json';
    ctx.body = BODY;
  });
  // eslint-disable-next-line typescript/no-misused-promises -- Koa answers its own errors
  return createServer(app.callback());
}
