import { HeaderFields } from '@cachewarp/http';
import { expect } from 'chai';
import { resolveOrigins, resolveUpstream } from '#src/upstream/upstream-options.js';
import { UpstreamOrigin } from '#src/upstream/upstream-origin.js';
import { httpOrigin, Opened } from '../support/origins.js';

/**
 * The time for the first byte of an answer ran from the beginning of an upload, so one that took longer than `firstByteTimeout` was
 * cut and answered 504, though the origin could not have answered before it had the whole. It counts from the last content sent.
 */
describe('an upload that takes longer than firstByteTimeout', () => {
  const opened = new Opened();
  afterEach(() => opened.close());

  it('is sent whole and answered, as long as its content comes', async () => {
    const server = await httpOrigin(opened, (request, response) => {
      let received = '';
      request.on('data', (data: Buffer) => (received += data.toString()));
      request.on('end', () => response.end(received));
    });
    const policy = resolveUpstream({ firstByteTimeout: '300ms' });
    const origin = new UpstreamOrigin(resolveOrigins(server.url, policy), policy, {});
    opened.add(() => origin.destroy());
    const request = {
      method: 'POST',
      scheme: 'http' as const,
      authority: 'example.com',
      target: '/',
      headers: HeaderFields.fromRaw([]),
      body: pieces(),
    };
    const added = { pseudonym: 'cachewarp', requestId: 'id-1', acceptsTrailers: false };
    const response = await origin.fetch(request, { signal: new AbortController().signal }, added);
    expect(response.status).to.equal(200);
  });
});

/** Six pieces, 100 ms apart. */
async function* pieces(): AsyncGenerator<Uint8Array> {
  for (let piece = 0; piece < 6; piece++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    yield Buffer.from('x');
  }
}
