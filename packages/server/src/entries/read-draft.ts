import { isUtf8 } from 'node:buffer';
import { ProblemError } from '@cachewarp/admin';
import { parseRequestDirectives } from '@cachewarp/http';
import { isWellFormed } from '../base/is-well-formed.js';
import { membersOf, type Span } from '../message/json-spans.js';
import type { RequestHead } from '../message/request-head.js';
import { FOREVER_SECONDS, type Draft } from './served-value.js';

/** What drafts are held to, and what they have where they say nothing. */
export interface DraftRules {
  readonly defaultTtl: number | null;
  readonly maxTags: number;
}

// RFC 9110 section 8.3.1; parameters as they come.
const MEDIA_TYPE = /^[!#$%&'*+.^_`|~\w-]+\/[!#$%&'*+.^_`|~\w-]+[ \t]*(?:;[\x20-\x7e\t]*)?$/;
/** What programs send that were not told what they send. */
const FORMS = new Set(['application/x-www-form-urlencoded', 'multipart/form-data']);
const MEMBERS = ['value', 'ttl', 'tags'];
const MAX_TAG_LENGTH = 256;

/** Whether the content is JSON by its media type. */
export function isJson(contentType: string | undefined): boolean {
  return contentType !== undefined && essenceOf(contentType) === 'application/json';
}

/** @throws ProblemError of status 415 unless the content is JSON */
export function requireJson(contentType: string | undefined): void {
  if (isJson(contentType)) return;
  throw new ProblemError(415, 'The content must be JSON.', {
    field: 'Content-Type',
    value: contentType,
    headers: { Accept: 'application/json' },
  });
}

/** Reads the body of a PUT. @throws ProblemError of status 400, 415 or 422 */
export function readDraft(head: RequestHead, body: Buffer, rules: DraftRules): Draft {
  const { contentType = 'application/octet-stream', cacheControl } = head;
  const maxAge = cacheControl === undefined ? undefined : parseRequestDirectives(cacheControl).maxAge;
  const ttl = maxAge === undefined ? rules.defaultTtl : checkTtl('Cache-Control: max-age', maxAge);
  if (isJson(contentType)) return readMembers(readJson(body), undefined, '', { ...rules, defaultTtl: ttl });
  if (!MEDIA_TYPE.test(contentType) || FORMS.has(essenceOf(contentType))) {
    const detail =
      'The content must be application/json, or bytes under a media type of their own, such as application/octet-stream.';
    throw new ProblemError(415, detail, { field: 'Content-Type', value: contentType });
  }
  const tags = (head.cacheTag ?? '')
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
  return { content: { bytes: body, contentType }, ttl, tags: checkTags('Cache-Tag', tags, rules.maxTags) };
}

/**
 * Reads `{"value", "ttl", "tags"}`.
 * @param span - where the object stands in the text; undefined: it is the text
 * @param at - path of the object, for messages: `''`, or `set[3]`
 * @param others - members that the caller reads itself
 */
export function readMembers(
  json: JsonText,
  span: Span | undefined,
  at: string,
  rules: DraftRules,
  others: readonly string[] = [],
): Draft {
  const object = span === undefined ? json.value : (JSON.parse(json.text.slice(span.start, span.end)) as unknown);
  const where = at === '' ? 'The content' : at;
  if (typeof object !== 'object' || object === null || Array.isArray(object)) {
    throw new ProblemError(400, `${where} must be an object with a value.`, {
      field: at === '' ? 'body' : at,
      value: object,
    });
  }
  const path = (name: string): string => (at === '' ? name : `${at}.${name}`);
  const known = [...MEMBERS, ...others];
  for (const name of Object.keys(object)) {
    if (!known.includes(name)) {
      throw new ProblemError(400, `${path(name)} is not a member (known: ${known.join(', ')}).`, {
        field: path(name),
        value: (object as never)[name],
      });
    }
  }
  const members = object as { ttl?: unknown; tags?: unknown };
  const ttl = members.ttl === undefined ? rules.defaultTtl : checkTtl(path('ttl'), members.ttl);
  const tags = members.tags === undefined ? [] : checkTags(path('tags'), members.tags, rules.maxTags);
  return { content: readContent(json.text, span?.start ?? 0, object, path), ttl, tags };
}

function readContent(text: string, start: number, object: object, path: (name: string) => string): Draft['content'] {
  const { base64, contentType = 'application/octet-stream' } = object as { base64?: unknown; contentType?: unknown };
  if (base64 === undefined) {
    const span = membersOf(text, start).get('value');
    if (span === undefined)
      throw new ProblemError(400, `${path('value')} is missing.`, { field: path('value'), value: null });
    return { json: text.slice(span.start, span.end) };
  }
  if (typeof base64 !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64) || base64.length % 4 !== 0) {
    throw new ProblemError(400, `${path('base64')} must be text in base64.`, { field: path('base64'), value: base64 });
  }
  if ('value' in object) {
    throw new ProblemError(400, `${path('value')} and base64 exclude each other.`, {
      field: path('value'),
      value: 'both',
    });
  }
  if (typeof contentType !== 'string' || !MEDIA_TYPE.test(contentType) || isJson(contentType)) {
    throw new ProblemError(400, `${path('contentType')} must be a media type, and not application/json.`, {
      field: path('contentType'),
      value: contentType,
    });
  }
  return { bytes: Buffer.from(base64, 'base64'), contentType };
}

/** JSON as text and as a value. */
export interface JsonText {
  readonly text: string;
  readonly value: unknown;
}

/** @throws ProblemError of status 400 for what is no JSON in UTF-8 */
export function readJson(body: Buffer): JsonText {
  if (!isUtf8(body))
    throw new ProblemError(400, 'The content must be JSON in UTF-8.', {
      field: 'body',
      value: 'bytes that are not UTF-8',
    });
  const text = body.toString('utf8');
  try {
    return { text, value: JSON.parse(text) as unknown };
  } catch (error) {
    throw new ProblemError(
      400,
      `The content must be JSON: ${error instanceof Error ? error.message : 'it cannot be read'}`,
      { field: 'body', value: text },
    );
  }
}

function checkTtl(field: string, ttl: unknown): number | null {
  if (ttl === null) return null;
  if (typeof ttl === 'number' && ttl > 0 && ttl <= FOREVER_SECONDS) return ttl;
  throw new ProblemError(
    400,
    `${field} must be a number of seconds above 0 and up to ${FOREVER_SECONDS}, or null for no end.`,
    { field, value: ttl },
  );
}

function checkTags(field: string, tags: unknown, maxTags: number): readonly string[] {
  if (!Array.isArray(tags)) throw new ProblemError(400, `${field} must be a list of tags.`, { field, value: tags });
  if (tags.length > maxTags) {
    throw new ProblemError(422, `${field} must be a list of at most ${maxTags} tags.`, { field, value: tags.length });
  }
  for (const [index, tag] of (tags as unknown[]).entries()) checkTag(`${field}[${index}]`, tag);
  return [...new Set(tags as string[])];
}

export function checkTag(field: string, tag: unknown): asserts tag is string {
  if (typeof tag === 'string' && tag !== '' && tag.length <= MAX_TAG_LENGTH && isWellFormed(tag)) return;
  throw new ProblemError(400, `${field} must be text of 1 to ${MAX_TAG_LENGTH} characters.`, { field, value: tag });
}

function essenceOf(contentType: string): string {
  return contentType.split(';', 1)[0]!.trim().toLowerCase();
}
