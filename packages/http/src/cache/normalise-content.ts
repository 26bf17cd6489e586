/** What pages carry that is new each time they are made and is no change of theirs. Each match is replaced by its first group. */
const PASSING: readonly RegExp[] = [
  // nonce="…" of scripts and styles, and of a Content-Security-Policy in a meta element.
  /(\bnonce\s*=\s*)(?:"[^"]{1,512}"|'[^']{1,512}')/gi,
  /('nonce-)[\w+/=-]{1,512}/g,
  // Elements and members that hold a token: <meta name="csrf-token" content="…">, <input name="_token" value="…">, "csrfToken": "…".
  /((?:csrf|xsrf|authenticity)[\w-]{0,32}["']?\s{0,8}[^<>{}]{0,200}?\b(?:content|value)\s{0,8}=\s{0,8})(?:"[^"]{1,2048}"|'[^']{1,2048}')/gi,
  /(name\s*=\s*["'](?:_token|__RequestVerificationToken)["'][^<>]{0,200}?\bvalue\s*=\s*)(?:"[^"]{1,2048}"|'[^']{1,2048}')/gi,
  /("[\w-]{0,32}(?:csrf|xsrf)[\w-]{0,32}"\s{0,8}:\s{0,8})"[^"]{1,2048}"/gi,
  // 2026-12-01T03:04:05.678Z, 2026-12-01 03:04:05
  /()\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?/g,
  // Tue, 01 Dec 2026 03:04:05 GMT
  /()\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT/g,
  // Unix time of 2001 to 2096, in seconds or milliseconds, where it stands by itself.
  /()(?<![\w.-])[1-3]\d{9}(?:\d{3})?(?![\w.-])/g,
];

/** A text without nonces, CSRF tokens, dates with a time, and Unix times. What it is for: to be compared, not to be sent. */
export function normaliseContent(text: string): string {
  let rest = text;
  for (const pattern of PASSING) rest = rest.replace(pattern, '$1');
  return rest;
}
