/**
 * The lexical pieces that field values are made of (RFC 9110 §5.6), as hand-written scanners: each looks at a character a bounded
 * number of times, so no value takes super-linear time.
 */

const TAB = 0x09;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;

// One class, one quantifier: linear.
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Whether the text is a token (RFC 9110 §5.6.2): at least one character, no white space, no delimiter. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** Whether a character code is SP or HTAB (RFC 9110 §5.6.3). */
export function isWhitespace(code: number): boolean {
  return code === SPACE || code === TAB;
}

/** Drops SP and HTAB at both ends and nothing else: `String.trim` would also take NBSP, which is an octet of a value. */
export function trimWhitespace(text: string): string {
  let start = 0;
  while (start < text.length && isWhitespace(text.charCodeAt(start))) start++;
  return trimEnd(start === 0 ? text : text.slice(start));
}

/** Drops SP and HTAB at the end. */
export function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isWhitespace(text.charCodeAt(end - 1))) end--;
  return end === text.length ? text : text.slice(0, end);
}

/** The index of the quote that closes the one at `open` (RFC 9110 §5.6.4), or -1. */
export function closingQuote(value: string, open: number): number {
  for (let at = open + 1; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at++;
  }
  return -1;
}

/** The content of a quoted-string given with its quotes. */
export function unquote(quoted: string): string {
  const text = quoted.slice(1, -1);
  if (!text.includes('\\')) return text;
  let plain = '';
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) === BACKSLASH && at + 1 < text.length) at++;
    plain += text.charAt(at);
  }
  return plain;
}

/**
 * The members of a `#rule` list (RFC 9110 §5.6.1), trimmed; empty ones are dropped. A comma inside a quoted string does not separate;
 * a quote that is never closed opens no string.
 */
export function splitList(value: string): string[] {
  return splitOutsideQuotes(value, COMMA);
}

/** Like {@link splitList}, at another separator: `;` for parameters. */
export function splitOutsideQuotes(value: string, separator: number): string[] {
  const members: string[] = [];
  let isUnclosed = false;
  let start = 0;
  for (let at = 0; at <= value.length; at++) {
    const code = value.charCodeAt(at);
    if (at === value.length || code === separator) {
      const member = trimWhitespace(value.slice(start, at));
      if (member !== '') members.push(member);
      start = at + 1;
    } else if (code === QUOTE && !isUnclosed) {
      const closing = closingQuote(value, at);
      if (closing === -1) isUnclosed = true;
      else at = closing;
    }
  }
  return members;
}
