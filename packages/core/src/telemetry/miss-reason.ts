/**
 * Why a request was not answered from what is stored. The same words stand in `Cache-Status; detail=`, in logs, in the label `reason`
 * of the metrics, in `explain` and on the dashboard; there is no other list.
 *
 * What was found, or not:
 * - `cold`: nothing was stored for it, as far as anybody remembers
 * - `expired`: what is stored was too old
 * - `invalidated`: what was stored was invalidated
 * - `evicted`: what was stored had to make room
 * - `vary`: only other variants of the URI are stored, or the answer varies by everything
 *
 * Why the answer could not be stored, so that the next request will not find it either:
 * - `no-store`, `private`: the answer forbids it
 * - `no-freshness`: the answer says nothing of how long it may be used, and no rule does
 * - `set-cookie`: the answer sets a cookie
 * - `cookie`, `authorization`: the request says who asks, and the answer was not said to be for everybody
 * - `size`: the answer is larger than may be stored
 * - `status`: answers with this status are not stored
 *
 * What the request or the configuration wanted:
 * - `request`: the client asked to hear from the origin
 * - `method`: only GET and HEAD are answered from store
 * - `bypass`: a rule, a parameter or a precondition sends it past the cache
 */
export const MISS_REASONS = [
  'cold',
  'expired',
  'invalidated',
  'evicted',
  'vary',
  'no-store',
  'private',
  'no-freshness',
  'set-cookie',
  'cookie',
  'authorization',
  'size',
  'status',
  'request',
  'method',
  'bypass',
] as const;

/** One of {@link MISS_REASONS}. */
export type MissReason = (typeof MISS_REASONS)[number];
