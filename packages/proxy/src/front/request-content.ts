import type { Readable } from 'node:stream';
import { UpstreamError } from '../base/proxy-errors.js';

/** What happens to a request's content on its way. */
export interface ContentOptions {
  readonly maxBytes: number;
  /** Called when the first piece is wanted: the moment for 100 Continue. */
  readonly onStart?: (() => void) | undefined;
}

/** The content of a request was larger than the limit. It was broken off on the way to the origin. */
export class ContentTooLargeError extends UpstreamError {
  constructor(maxBytes: number) {
    super('request', `the content of the request has more than ${maxBytes} bytes`);
  }
}

/**
 * The content of a client's request, piece by piece as the origin takes it. It throws when the client breaks off, and when there is more
 * than the limit, so that the request at the origin is destroyed rather than ended as if complete.
 */
export async function* requestContent(source: Readable, options: ContentOptions): AsyncGenerator<Uint8Array> {
  options.onStart?.();
  let bytes = 0;
  try {
    for await (const chunk of source.iterator({ destroyOnReturn: false })) {
      const piece = chunk as Uint8Array;
      bytes += piece.length;
      if (bytes > options.maxBytes) throw new ContentTooLargeError(options.maxBytes);
      yield piece;
    }
  } catch (error) {
    if (error instanceof UpstreamError) throw error;
    throw new UpstreamError('request', 'the client broke its request off', { cause: error });
  }
  if (!source.readableEnded) throw new UpstreamError('request', 'the client broke its request off');
}
