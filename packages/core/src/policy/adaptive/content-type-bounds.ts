/** Between what a ttl stays, in ms. */
export interface TtlBounds {
  readonly minMs: number;
  readonly maxMs: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const HTML: TtlBounds = { minMs: SECOND, maxMs: 10 * MINUTE };
const JSON_DATA: TtlBounds = { minMs: SECOND, maxMs: 5 * MINUTE };
const ASSET: TtlBounds = { minMs: MINUTE, maxMs: 7 * 24 * HOUR };
const OTHER: TtlBounds = { minMs: SECOND, maxMs: HOUR };

const HTML_TYPE = /^(?:text\/html|application\/xhtml\+xml)$/;
const JSON_TYPE = /^[a-z]+\/(?:[a-z0-9.-]+\+)?json$/;
const ASSET_TYPE =
  /^(?:image\/.+|font\/.+|text\/css|(?:text|application)\/(?:x-)?(?:java|ecma)script|application\/(?:x-)?font-.+|application\/vnd\.ms-fontobject)$/;

/**
 * The bounds of an adaptive ttl where the rule gives none: HTML 1 s to 10 min, JSON 1 s to 5 min, style sheets, scripts, fonts and
 * images 60 s to 7 d, everything else 1 s to 1 h. A page that is outdated is seen by people; a picture that is, seldom.
 * @param contentType - with or without parameters; empty or unknown counts as everything else
 */
export function boundsOf(contentType: string): TtlBounds {
  const type = essenceOf(contentType);
  if (HTML_TYPE.test(type)) return HTML;
  if (JSON_TYPE.test(type)) return JSON_DATA;
  return ASSET_TYPE.test(type) ? ASSET : OTHER;
}

/** A content type without its parameters, in lower case. */
export function essenceOf(contentType: string): string {
  return contentType.split(';', 1)[0]!.trim().toLowerCase();
}
