import type { ProxyOptions } from '#src/proxy/proxy-options.js';
import { startProxy, type Proxy } from '#src/proxy/start-proxy.js';
import type { Opened } from './origins.js';

/** A proxy on a free port in front of an origin, closed with the test. */
export async function makeProxy(
  opened: Opened,
  origin: ProxyOptions['origin'],
  options: Partial<ProxyOptions> = {},
): Promise<Proxy> {
  const { upstream = {}, ...rest } = options;
  const proxy = await startProxy({
    origin,
    port: 0,
    host: '127.0.0.1',
    upstream: { retryDelay: '1ms', ...upstream },
    ...rest,
  });
  opened.add(() => proxy.close());
  return proxy;
}
