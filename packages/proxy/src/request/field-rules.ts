/**
 * What becomes of a request field before the request is keyed and sent on. One rule decides everything here: what is not in the key and
 * may still change an answer must not come from the client.
 *
 * - `keep`: an ordinary field. The cache keys it where the answer's Vary or a rule names it.
 * - `drop`: never sent on. Fields of one connection; fields by which clients could pose as a proxy in front of the origin; fields by which
 *   frameworks are told to serve another URL, method or internal stage than the one that is keyed; names with an underscore, because CGI
 *   and its kin cannot tell `x_user` from `x-user`.
 * - `cookie`: kept as one line. HTTP/2 may bring it in crumbs (RFC 9113 §8.2.3), and of several lines each origin makes something else.
 * - any other word: dropped, and read by {@link RequestFields} under that name.
 */
export type FieldRule =
  | 'keep'
  | 'drop'
  | 'host'
  | 'cookie'
  | 'connection'
  | 'content-length'
  | 'transfer-encoding'
  | 'te'
  | 'upgrade'
  | 'expect'
  | 'max-forwards'
  | 'via'
  | 'request-id'
  | 'forwarded-for'
  | 'forwarded-proto'
  | 'forwarded-host';

const RULES = new Map<string, FieldRule>([
  ['host', 'host'],
  ['cookie', 'cookie'],
  ['connection', 'connection'],
  ['content-length', 'content-length'],
  ['transfer-encoding', 'transfer-encoding'],
  ['te', 'te'],
  ['upgrade', 'upgrade'],
  ['expect', 'expect'],
  ['max-forwards', 'max-forwards'],
  ['via', 'via'],
  ['x-request-id', 'request-id'],
  ['x-forwarded-for', 'forwarded-for'],
  ['x-forwarded-proto', 'forwarded-proto'],
  ['x-forwarded-host', 'forwarded-host'],
  // Of one connection (RFC 9110 §7.6.1, RFC 9113 §8.2.2). Proxy-* goes by prefix.
  ['keep-alive', 'drop'],
  ['trailer', 'drop'],
  ['http2-settings', 'drop'],
  // Who the client is, and through whom it comes: only we say that.
  ['forwarded', 'drop'],
  ['x-real-ip', 'drop'],
  ['x-client-ip', 'drop'],
  ['x-cluster-client-ip', 'drop'],
  ['x-remote-ip', 'drop'],
  ['x-remote-addr', 'drop'],
  ['x-originating-ip', 'drop'],
  ['client-ip', 'drop'],
  ['true-client-ip', 'drop'],
  ['cf-connecting-ip', 'drop'],
  ['fastly-client-ip', 'drop'],
  ['fastly-ssl', 'drop'],
  ['front-end-https', 'drop'],
  ['x-url-scheme', 'drop'],
  ['x-scheme', 'drop'],
  ['x-host', 'drop'],
  ['x-http-host-override', 'drop'],
  ['x-original-host', 'drop'],
  ['x-backend-host', 'drop'],
  // Another URL or method than the one that is keyed.
  ['x-original-url', 'drop'],
  ['x-original-uri', 'drop'],
  ['x-rewrite-url', 'drop'],
  ['x-rewrite-uri', 'drop'],
  ['x-override-url', 'drop'],
  ['x-proxy-url', 'drop'],
  ['x-http-method-override', 'drop'],
  ['x-http-method', 'drop'],
  ['x-method-override', 'drop'],
  ['x-original-method', 'drop'],
  ['base-url', 'drop'],
  ['destination-url', 'drop'],
  ['request-uri', 'drop'],
  // Stages inside servers and frameworks.
  ['x-now-route-matches', 'drop'],
  ['x-matched-path', 'drop'],
  ['x-nextjs-rewrite', 'drop'],
  ['x-nextjs-matched-path', 'drop'],
  ['x-prerender-revalidate', 'drop'],
]);

const DROPPED_PREFIXES = [
  'proxy',
  'x-forwarded',
  'x-envoy-',
  'x-middleware-',
  'x-invoke-',
  'x-accel-',
  'x-sendfile',
  'x-arr-',
  'x-ms-original-',
] as const;

/** Spellings of names seen so far, so that a name is lower-cased and looked up once and not with every request. */
const spellings = new Map<string, FieldRule>();
const MAX_SPELLINGS = 1024;

/** The rule for a field name in any letter case. */
export function fieldRule(name: string): FieldRule {
  const known = spellings.get(name);
  if (known !== undefined) return known;
  const rule = decide(name.toLowerCase());
  // Clients choose the names: some are remembered, not all.
  if (spellings.size < MAX_SPELLINGS && name.length <= 64) spellings.set(name, rule);
  return rule;
}

function decide(name: string): FieldRule {
  const rule = RULES.get(name);
  if (rule !== undefined) return rule;
  if (name.includes('_')) return 'drop';
  return DROPPED_PREFIXES.some((prefix) => name.startsWith(prefix)) ? 'drop' : 'keep';
}
