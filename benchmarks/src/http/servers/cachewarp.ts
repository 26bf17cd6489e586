import { startProxy } from '@cachewarp/proxy';

/** The proxy as it is started by default, with metrics, and with room for every answer that is asked for. */
export async function startCacheWarp(port: number, origin: string): Promise<void> {
  await start(port, origin, true);
}

/** The same with every request parsed by Node. */
export async function startCacheWarpOrdinary(port: number, origin: string): Promise<void> {
  await start(port, origin, false);
}

async function start(port: number, origin: string, fastLane: boolean): Promise<void> {
  const cache = { memory: { maxBytes: '1gb' } };
  await startProxy({ origin, port, host: '127.0.0.1', cache, admin: { port: 0 }, fastLane });
}
