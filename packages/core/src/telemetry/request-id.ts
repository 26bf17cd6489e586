import { randomBytes } from 'node:crypto';

const WELL_FORMED = /^[A-Za-z0-9][A-Za-z0-9._:=+/@-]{0,127}$/;

const prefix = randomBytes(6).toString('hex');
let count = 0;

/**
 * The id under which a request is found again in logs: the client's X-Request-Id if it is well-formed (1 to 128 letters, digits and
 * `._:=+/@-`, so that it can do no harm in a log), else one of our own, unique among processes.
 */
export function requestId(sent: string | undefined): string {
  if (sent !== undefined && WELL_FORMED.test(sent)) return sent;
  count = (count + 1) % Number.MAX_SAFE_INTEGER;
  return `${prefix}-${count.toString(36)}`;
}
