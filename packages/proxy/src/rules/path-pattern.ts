import { InvalidOptionError } from '@cachewarp/core';

/**
 * A pattern for paths: `/exact`, `/users/*` (one segment), `/static/**` (any number of segments, also none), `/**` + `/*.css`. `*` stands
 * for any text within a segment, `**` is a whole segment; nothing else has a meaning.
 *
 * Matching takes time in proportion to the length of the path, whatever the pattern and whatever the path: after a mismatch it goes back
 * to the last star only, within a segment and among segments.
 */
export class PathPattern {
  readonly text: string;
  readonly #segments: readonly string[];

  /** @throws InvalidOptionError when the pattern does not begin with `/`, or has `**` as part of a segment */
  constructor(field: string, text: unknown) {
    if (typeof text !== 'string' || !text.startsWith('/')) {
      throw new InvalidOptionError(field, "must be a path pattern that begins with '/'", text);
    }
    this.#segments = text.slice(1).split('/');
    if (this.#segments.some((segment) => segment.includes('**') && segment !== '**')) {
      throw new InvalidOptionError(field, "must have '**' as a whole segment only, such as '/static/**'", text);
    }
    this.text = text;
  }

  /** The extension that every path of this pattern has, in lower case: `css` for `/**` + `/*.css`; undefined where there is none. */
  get extension(): string | undefined {
    return /\.([A-Za-z0-9]{1,10})$/.exec(this.#segments.at(-1)!)?.[1]!.toLowerCase();
  }

  /** @param segments - of a path in the form that {@link segmentsOf} gives it */
  matches(segments: readonly string[]): boolean {
    return matchSequence(this.#segments, segments, '**', matchSegment);
  }
}

/**
 * The segments of a target's path for matching. Rules are compared with what an origin will make of a path, not with how a client
 * spelt it, so that nobody dodges a rule: percent-encoded letters, digits and marks count as themselves, repeated slashes as one. What is
 * keyed and sent on is untouched by this.
 */
export function segmentsOf(target: string): readonly string[] {
  const question = target.indexOf('?');
  let path = question === -1 ? target : target.slice(0, question);
  if (path.includes('%')) {
    path = path.replace(ENCODED, (sequence) => {
      const character = String.fromCharCode(Number.parseInt(sequence.slice(1), 16));
      return PLAIN.test(character) ? character : sequence;
    });
  }
  if (path.includes('//')) path = path.replace(/\/+/g, '/');
  return path.slice(1).split('/');
}

const ENCODED = /%[0-9a-f]{2}/gi;
const PLAIN = /^[A-Za-z0-9._~!$&'()*+,=:@-]$/;

function matchSegment(pattern: string, segment: string): boolean {
  return pattern === segment || (pattern.includes('*') && matchSequence(pattern, segment, '*', Object.is));
}

/** Wildcard matching with one kind of star: after a mismatch, only the last star takes one more. */
function matchSequence<T>(
  pattern: ArrayLike<T>,
  text: ArrayLike<T>,
  star: T,
  matchesOne: (pattern: T, item: T) => boolean,
): boolean {
  let at = 0;
  let inPattern = 0;
  let lastStar = -1;
  let starEnd = 0;
  while (at < text.length) {
    if (inPattern < pattern.length && pattern[inPattern] === star) {
      lastStar = inPattern++;
      starEnd = at;
    } else if (inPattern < pattern.length && matchesOne(pattern[inPattern]!, text[at]!)) {
      inPattern++;
      at++;
    } else if (lastStar !== -1) {
      inPattern = lastStar + 1;
      at = ++starEnd;
    } else {
      return false;
    }
  }
  while (inPattern < pattern.length && pattern[inPattern] === star) inPattern++;
  return inPattern === pattern.length;
}
