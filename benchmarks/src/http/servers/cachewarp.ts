import { startProxy } from '@cachewarp/proxy';

/** The proxy as it is started by default, with metrics, and with room for every answer that is asked for. */
export async function startCacheWarp(port: number, origin: string): Promise<void> {
  await startProxy({ origin, port, host: '127.0.0.1', cache: { memory: { maxBytes: '1gb' } }, admin: { port: 0 } });
}
