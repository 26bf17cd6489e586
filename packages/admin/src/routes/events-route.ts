import { textResponse, type AdminRequest, type AdminResponse } from '../message/admin-message.js';
import type { EventHub } from '../events/event-hub.js';
import { ProblemError } from '../message/problem.js';

/** `GET /events`: server-sent events, until the listener leaves or the process ends. */
export function openEvents(hub: EventHub, { method }: AdminRequest): AdminResponse {
  const { headers } = textResponse('', 'text/event-stream; charset=utf-8');
  // Proxies in front that collect answers before they pass them on (nginx) are told not to.
  const answer = { status: 200, headers: { ...headers, 'x-accel-buffering': 'no' } };
  if (method === 'HEAD') return { ...answer, body: '' };
  if (hub.isFull) {
    throw new ProblemError(503, 'Too many listeners at a time (option maxListeners).', {
      headers: { 'retry-after': '10' },
    });
  }
  return { ...answer, body: hub.open() };
}
