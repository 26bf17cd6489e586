import type { Guest } from '../access/gate.js';
import type { BodySource } from '../message/body-source.js';
import type { RequestHead } from '../message/request-head.js';

/** A request that was let in and has found its route. */
export interface Call {
  readonly head: RequestHead;
  readonly guest: Guest;
  readonly body: BodySource;
}
