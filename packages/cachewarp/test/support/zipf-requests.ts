import type { LogRequest } from '#src/simulate/log/log-request.js';

/** Requests for objects by Zipf's law, one every `everyMs`, always the same. Sizes differ by object. */
export function* zipfRequests(count: number, objects: number, everyMs = 100): Generator<LogRequest> {
  let state = 7;
  for (let index = 0; index < count; index++) {
    // A multiplicative generator (Park and Miller) is enough to draw ranks.
    state = (state * 48_271) % 2_147_483_647;
    const object = Math.floor(objects ** (state / 2_147_483_647));
    yield {
      at: 1_767_600_000_000 + index * everyMs,
      method: 'GET',
      target: `/objects/${object}`,
      host: '',
      status: 200,
      bytes: 500 + ((object * 7919) % 8000),
      durationMs: 5,
    };
  }
}
