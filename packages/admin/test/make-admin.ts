import { createCache, type Cache } from '@cachewarp/core';
import { FakeClock } from '@cachewarp/core/testing';
import { createAdminHandler, type AdminHandler } from '#src/listener/admin-handler.js';
import type { AdminRequest, AdminResponse } from '#src/message/admin-message.js';
import type { AdminOptions } from '#src/access/admin-options.js';

/** A request without its defaults: from this machine, under a name of this machine. */
export type Partly = Partial<Omit<AdminRequest, 'body'>> & { json?: unknown; text?: string };

export interface Admin {
  readonly cache: Cache;
  readonly clock: FakeClock;
  readonly handler: AdminHandler;
  readonly send: (
    method: string,
    target: string,
    more?: Partly,
  ) => Promise<AdminResponse & { json(): Record<string, unknown> }>;
}

export function makeAdmin(options: Partial<AdminOptions> = {}): Admin {
  const clock = new FakeClock();
  const cache = options.cache ?? createCache({ name: 'app', clock });
  const handler = createAdminHandler({ clock, ...options, cache });
  return {
    cache,
    clock,
    handler,
    send: async (method, target, { json, text, headers, ...more } = {}) => {
      const body = Buffer.from(text ?? (json === undefined ? '' : JSON.stringify(json)));
      const answer = await handler({
        method,
        target,
        headers: { host: 'localhost:3000', ...headers },
        remoteAddress: '127.0.0.1',
        body: () => Promise.resolve(body),
        ...more,
      });
      return { ...answer, json: () => JSON.parse(answer.body as string) as Record<string, unknown> };
    },
  };
}
