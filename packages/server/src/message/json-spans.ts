/**
 * Finds where values stand in JSON text that is known to be valid. What a client puts is kept character for character: parsing and
 * writing it again would change numbers beyond double precision, and takes time and stack.
 */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The members of the object that begins at or behind `at`. Of a repeated name the last counts, as with JSON.parse. */
export function membersOf(text: string, at = 0): Map<string, Span> {
  const members = new Map<string, Span>();
  let here = skipSpace(text, skipSpace(text, at) + 1);
  while (text[here] !== '}') {
    const nameEnd = skipString(text, here);
    const name = JSON.parse(text.slice(here, nameEnd)) as string;
    const start = skipSpace(text, skipSpace(text, nameEnd) + 1);
    const end = skipValue(text, start);
    members.set(name, { start, end });
    here = skipComma(text, end);
  }
  return members;
}

/** The items of the list that begins at or behind `at`. */
export function itemsOf(text: string, at: number): Span[] {
  const items: Span[] = [];
  let here = skipSpace(text, skipSpace(text, at) + 1);
  while (text[here] !== ']') {
    const end = skipValue(text, here);
    items.push({ start: here, end });
    here = skipComma(text, end);
  }
  return items;
}

function skipComma(text: string, at: number): number {
  const here = skipSpace(text, at);
  return text[here] === ',' ? skipSpace(text, here + 1) : here;
}

function skipSpace(text: string, at: number): number {
  let here = at;
  while (SPACE.has(text.charCodeAt(here))) here++;
  return here;
}

const SPACE = new Set([0x20, 0x09, 0x0a, 0x0d]);

/** Without recursion: nesting costs no stack. */
function skipValue(text: string, at: number): number {
  let here = at;
  let depth = 0;
  do {
    const character = text[here];
    if (character === '"') {
      here = skipString(text, here);
      continue;
    }
    if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') depth--;
    else if (depth === 0) return skipScalar(text, here);
    here++;
  } while (depth > 0);
  return here;
}

function skipScalar(text: string, at: number): number {
  let here = at;
  while (here < text.length && !SCALAR_ENDS.has(text.charCodeAt(here))) here++;
  return here;
}

/** Space, comma, and the ends of objects and lists. */
const SCALAR_ENDS = new Set([0x20, 0x09, 0x0a, 0x0d, 0x2c, 0x7d, 0x5d]);

function skipString(text: string, at: number): number {
  let here = at + 1;
  for (;;) {
    here = text.indexOf('"', here);
    let slashes = 0;
    while (text[here - 1 - slashes] === '\\') slashes++;
    here++;
    if (slashes % 2 === 0) return here;
  }
}
