import { startServer } from '@cachewarp/server';
import { BODY } from './body.js';

/** The REST service as it is started by default, with an entry of bytes and one of JSON. */
export async function startRestService(port: number): Promise<void> {
  const { url } = await startServer({ port });
  await fetch(`${url}/cache/bytes`, { method: 'PUT', headers: { 'content-type': 'text/plain' }, body: BODY });
  await fetch(`${url}/cache/json`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: `{"value":${BODY}}`,
  });
}
