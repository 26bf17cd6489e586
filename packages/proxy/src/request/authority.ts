/**
 * The authority of a request, strictly: `host` or `host:port`, where host is a name made of letters, digits, `-`, `_` and dots, an IPv4
 * address, or an IPv6 address in brackets. RFC 3986 would also allow user information, percent-encoding and delimiters in a name; no
 * real host has them, and `Host: evil:x@good` is made of them, so they are refused.
 */
const LABEL = '[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?';
const AUTHORITY = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*\\.?|\\[[0-9a-f:.]+\\])(?::[0-9]{1,5})?$`);

/** The longest host name of the DNS, and a port. */
const MAX_LENGTH = 261;

const MAX_REMEMBERED = 256;
const remembered = new Map<string, string>();

/**
 * The authority in lower case, which is how it is keyed; undefined when it is not one.
 *
 * Case is all that is normalised: `example.com`, `example.com.` and `example.com:80` stay three different keys, because an origin can
 * tell them apart.
 */
export function parseAuthority(text: string): string | undefined {
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const authority = check(text);
  // Clients choose the names: some are remembered, not all.
  if (authority !== undefined && remembered.size < MAX_REMEMBERED) remembered.set(text, authority);
  return authority;
}

function check(text: string): string | undefined {
  if (text.length === 0 || text.length > MAX_LENGTH) return undefined;
  const authority = text.toLowerCase();
  if (!AUTHORITY.test(authority)) return undefined;
  const colon = authority.lastIndexOf(':');
  if (colon === -1 || authority.endsWith(']')) return authority;
  const port = Number(authority.slice(colon + 1));
  return port >= 1 && port <= 65_535 ? authority : undefined;
}
