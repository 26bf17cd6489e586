/** What the words for a miss mean, for whoever has not read docs/admin.md. */
export const REASONS: Readonly<Record<string, string>> = {
  cold: 'nothing was kept for it',
  expired: 'what was kept is no longer fresh',
  invalidated: 'a purge or an unsafe request dropped it',
  evicted: 'it was dropped to make room',
  vary: 'only kept for other values of fields in Vary',
  'no-store': 'the answer forbids keeping it',
  private: 'the answer is for one user',
  'no-freshness': 'the answer states no freshness',
  'set-cookie': 'the answer sets a cookie',
  cookie: 'the request has a cookie',
  authorization: 'the request has credentials',
  size: 'the answer is too large to be kept',
  status: 'answers of this status are not kept',
  request: 'the request forbids it',
  method: 'only GET and HEAD are answered from store',
  bypass: 'a rule sends it past the cache',
};
