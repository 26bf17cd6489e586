import { createCache, type Cache } from '@cachewarp/core';
import { FakeClock } from '@cachewarp/core/testing';
import { startProxy, type Proxy, type ProxyOptions } from '@cachewarp/proxy';
import { ask, type Answer } from './http-client.js';
import type { Opened } from './opened.js';

/** A proxy under test: its cache lives by a clock that stands still until the test moves it. */
export interface TestProxy {
  readonly url: string;
  readonly port: number;
  readonly cache: Cache;
  readonly clock: FakeClock;
  readonly proxy: Proxy;
  /** The key of a path of this proxy, as the admin API takes it. */
  readonly key: (target: string) => string;
  /** Posts an order to the admin API: `purge({ tag: 'a' })`. */
  readonly purge: (order: Readonly<Record<string, unknown>>) => Promise<Answer>;
}

/** Starts the proxy on a free port of the loopback, with an admin listener beside it. */
export async function makeProxy(
  opened: Opened,
  origin: ProxyOptions['origin'],
  options: Omit<ProxyOptions, 'origin' | 'cache'> = {},
): Promise<TestProxy> {
  const clock = new FakeClock(Date.now());
  const cache = opened.add(createCache({ name: 'proxy', clock }), (it) => it.close());
  const proxy = await startProxy({
    origin,
    host: '127.0.0.1',
    port: 0,
    cache,
    admin: { port: 0 },
    ...options,
  });
  opened.add(proxy, () => proxy.close());
  const { url, port, adminUrl } = proxy;
  return {
    url,
    port,
    cache,
    clock,
    proxy,
    key: (target) => `GET:${url}${target}`,
    purge: (order) =>
      ask(`${adminUrl!}/invalidate`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(order),
      }),
  };
}
