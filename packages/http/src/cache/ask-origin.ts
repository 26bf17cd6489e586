import type { Clock, EventBus } from '@cachewarp/core';
import { OriginCall, type HttpRequest, type HttpResponse } from '../message/http-message.js';
import type { ResponseFacts } from '../semantics/facts.js';
import { walkForAnswer, type Fill, type Walk } from './fill.js';
import { OriginError } from './origin-error.js';
import {
  candidatesOf,
  confirmedOf,
  renew,
  requestForOrigin,
  requestForWhole,
  type Renewal,
  type Times,
} from './revalidator.js';
import { factsOf, type ResponseRecord } from './stored-response.js';

/** What the origin answered; `renewal` where it confirmed what is stored. */
export interface OriginAnswer {
  readonly response: HttpResponse;
  readonly times: Times;
  readonly renewal?: Renewal & { readonly record: ResponseRecord };
}

/** Why an origin is called off whose answer was heard, but for its content. */
export const UNREAD = new Error('the content of the answer is not wanted');

/**
 * Asks the origin of a fill, and asks again without conditions where the answer to our conditions is of no use.
 * @throws what the origin rejects with; OriginError `incomplete` for an answer that nothing asked for
 */
export async function askOrigin(fill: Fill, clock: Clock, events: EventBus): Promise<OriginAnswer> {
  const { walk } = fill;
  const request = requestForOrigin(fill);
  const answer = await send(fill, request, clock);
  if (answer.response.status !== 304 || request === walk.keyed.request) return answer;
  const record = confirmedOf(answer.response, candidatesOf(fill));
  const judged = record && judgedWalk(walk, factsOf(record), events);
  if (record !== undefined && judged !== undefined) {
    fill.walk = judged;
    return { ...answer, renewal: { ...renew(judged, record, answer.response, answer.times, events), record } };
  }
  // RFC 9111 4.3.4: a 304 for something else than what is stored is not used.
  return send(fill, requestForWhole(fill), clock);
}

/** The walk by the policy for the answer. A fault in choosing that keeps the answer from being kept, not from the one who asked. */
export function judgedWalk(walk: Walk, answer: ResponseFacts, events: EventBus): Walk | undefined {
  try {
    return walkForAnswer(walk, answer);
  } catch (error) {
    events.emit('policyError', { key: walk.keyed.primary, error });
    return undefined;
  }
}

/** Calls the origin off when the client who asked leaves. Returns the way to stop. */
export function tieToClient({ walk, controller }: Fill): () => void {
  const { signal } = walk.keyed.request;
  const abort = (): void => controller.abort(signal?.reason);
  if (signal?.aborted === true) abort();
  signal?.addEventListener('abort', abort, { once: true });
  return () => signal?.removeEventListener('abort', abort);
}

/**
 * Nobody wants the content: the origin need not send it. The reading is begun before it is called off, because a stream that is torn down
 * with nobody listening to it raises its error at the process.
 */
export function discard({ controller }: Fill, { body }: HttpResponse): void {
  if (body === null || body instanceof Uint8Array) return;
  const iterator = body[Symbol.asyncIterator]();
  // How the stream ends is nobody's business any more.
  const ignore = (): void => undefined;
  iterator.next().then(ignore, ignore);
  controller.abort(UNREAD);
  iterator.return?.().then(ignore, ignore);
}

async function send(fill: Fill, request: HttpRequest, clock: Clock): Promise<OriginAnswer> {
  const { walk, controller, isBackground } = fill;
  const requestTime = clock.now();
  const response = await walk.origin(request, new OriginCall(controller, isBackground));
  if (isUnasked(request, response)) {
    discard(fill, response);
    throw new OriginError('incomplete', `the origin answered ${response.status} to a request that did not ask for it`);
  }
  return { response, times: { requestTime, responseTime: clock.now() } };
}

/** A 304 or 206 that no condition or range asked for speaks of something that is not there. */
function isUnasked({ headers }: HttpRequest, { status }: HttpResponse): boolean {
  if (status === 304) return !headers.has('if-none-match') && !headers.has('if-modified-since');
  return status === 206 && !headers.has('range');
}
