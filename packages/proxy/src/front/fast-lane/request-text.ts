/** A chunk that is one whole request without content, as far as its form goes. */
export interface RequestText {
  readonly method: string;
  readonly target: string;
  /** What follows the target's version: the fields, from the end of the request line to the empty line, both included. */
  readonly block: string;
}

/** A larger chunk goes the ordinary way. */
const MAX_BYTES = 16 * 1024;

const VERSION = ' HTTP/1.1';
const LINE_END = `${VERSION}\r\n`;
const END = '\r\n\r\n';

/**
 * A request as it stands in a chunk, cut in two places; undefined where the chunk is not a request line of HTTP/1.1 with something behind it.
 * What is behind it is not looked at: see {@link isWholeAndBare}.
 */
export function cutRequest(chunk: Buffer): RequestText | undefined {
  if (chunk.length > MAX_BYTES) return undefined;
  const text = chunk.toString('latin1');
  const targetEnd = text.indexOf(LINE_END);
  const methodEnd = text.indexOf(' ');
  if (methodEnd < 1 || targetEnd <= methodEnd) return undefined;
  const target = text.slice(methodEnd + 1, targetEnd);
  return { method: text.slice(0, methodEnd), target, block: text.slice(targetEnd + VERSION.length) };
}

/** Methods of which a request without content is over with its head. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Visible ASCII characters. */
const TARGET = /^[\x21-\x7e]+$/;

/** Field lines whose names are tokens, each with its colon behind its name, and an empty line (RFC 9112 §2.2, §5). */
const FIELDS = /^(?:\r\n[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*)+\r\n\r\n$/;

/** Fields by which more than a head may come, or by which the connection may become something else. */
const FRAMING = /\n(?:content-length|transfer-encoding|expect|upgrade|proxy-connection):/i;

/** Nothing is said of the connection but that it should stay. */
const CONNECTION = /\nconnection:(?![\t ]*keep-alive[\t ]*\r)/i;

/**
 * Whether such a text is exactly one request, with nothing behind its head, after which its connection stays as it was: of which no two
 * parsers make different things. Takes time in proportion to the length.
 */
export function isWholeAndBare({ method, target, block }: RequestText): boolean {
  if (!METHODS.has(method) || !TARGET.test(target)) return false;
  if (block.indexOf(END) !== block.length - END.length || !FIELDS.test(block)) return false;
  return !FRAMING.test(block) && !CONNECTION.test(block);
}
