import type { MaybePromise } from '@cachewarp/core';
import type { Limits } from '../base/limits.js';
import type { EntryBook, PutResult, ServedEntry } from '../entries/entry-book.js';
import { isJson, readDraft, type DraftRules } from '../entries/read-draft.js';
import { FOREVER_SECONDS } from '../entries/served-value.js';
import { emptyAnswer, overloaded, problemAnswer, textAnswer, type Answer } from '../message/answer.js';
import { judgeConditions, NO_CONDITIONS, readConditions } from '../message/conditions.js';
import type { Call } from './call.js';

/** What the routes of `/cache` work with. */
export interface EntryRouteParts {
  readonly book: EntryBook;
  readonly limits: Limits;
  readonly rules: DraftRules;
  /** The instant, in ms. */
  readonly now: () => number;
}

/** `GET` and `HEAD /cache/{key}`. At once where memory has it. */
export function getEntry({ head, guest }: Call, key: string, { book, now }: EntryRouteParts): MaybePromise<Answer> {
  const conditions = readConditions(head.ifMatch, head.ifNoneMatch);
  const found = book.find(guest.room, key);
  const answer = (entry: ServedEntry | undefined): Answer => {
    if (conditions === NO_CONDITIONS) return entry === undefined ? absent(key) : present(entry, now());
    switch (judgeConditions(conditions, entry?.value.etag)) {
      case 'failed':
        return preconditionFailed(key);
      case 'not-modified':
        return { status: 304, fields: validityOf(entry!, now()), body: undefined };
      case 'go':
        return entry === undefined ? absent(key) : present(entry, now());
    }
  };
  return found instanceof Promise ? found.then(answer) : answer(found);
}

/** `PUT /cache/{key}`. */
export async function putEntry({ head, guest, body }: Call, key: string, parts: EntryRouteParts): Promise<Answer> {
  const conditions = readConditions(head.ifMatch, head.ifNoneMatch);
  const draft = readDraft(head, await body.read(), parts.rules);
  const result = await parts.book.put(guest.room, key, draft, conditions);
  const refusal = putRefusal(key, result);
  if (refusal !== undefined) return refusal;
  const told = { key, ttl: draft.ttl, tags: draft.tags, etag: result.etag, confirmed: result.word !== 'unconfirmed' };
  // RFC 9110 section 9.3.4: ETag only where what is kept is what was sent. JSON is answered with its key and ttl, so its tag is in the body.
  const fields = isJson(head.contentType) ? [] : ['ETag', result.etag];
  return textAnswer(`${JSON.stringify(told)}\n`, STATUS_OF_PUT[result.word as keyof typeof STATUS_OF_PUT], fields);
}

const STATUS_OF_PUT = { created: 201, replaced: 200, unconfirmed: 202 };

/** The answer to a put that did not happen; undefined when it did. */
export function putRefusal(key: string, { word }: PutResult): Answer | undefined {
  switch (word) {
    case 'condition-failed':
      return preconditionFailed(key);
    case 'too-large':
      return problemAnswer(413, 'The value does not fit into the memory of the cache.', { field: 'key', value: key });
    case 'full':
      return problemAnswer(507, 'The memory of the cache is full, and it is set to refuse what is new.', {
        field: 'key',
        value: key,
      });
    case 'queue-full':
      return overloaded('Too many writes wait for what is behind the cache.');
    default:
      return undefined;
  }
}

/** `DELETE /cache/{key}`. */
export async function deleteEntry({ head, guest }: Call, key: string, { book }: EntryRouteParts): Promise<Answer> {
  const conditions = readConditions(head.ifMatch, head.ifNoneMatch);
  switch (await book.remove(guest.room, key, conditions)) {
    case 'removed':
      return emptyAnswer(204);
    case 'absent':
      return absent(key);
    case 'condition-failed':
      return preconditionFailed(key);
    case 'queue-full':
      return overloaded('Too many writes wait for what is behind the cache.');
  }
}

/** `DELETE /cache`: everything of the client's namespace. */
export async function clearEntries({ guest }: Call, { book }: EntryRouteParts): Promise<Answer> {
  const { prefix, isWhole } = guest.room;
  await book.invalidate(isWhole ? { all: true } : { prefix }, 'DELETE /cache');
  return emptyAnswer(204);
}

function present(entry: ServedEntry, now: number): Answer {
  const { contentType, body } = entry.value;
  const fields = validityOf(entry, now);
  if (contentType === undefined) {
    fields.push('Content-Type', 'application/json; charset=utf-8');
  } else {
    // Bytes of others under our name: no browser is to guess what they are, or to run them.
    fields.push('Content-Type', contentType, 'X-Content-Type-Options', 'nosniff', 'Content-Security-Policy', 'sandbox');
  }
  return { status: 200, fields, body };
}

/** How old it is, and how much time is left: `max-age` says what is left, so that it needs no reckoning. */
function validityOf({ value, createdAt, freshUntil }: ServedEntry, now: number): string[] {
  const age = Math.max(0, Math.floor((now - createdAt) / 1000));
  const left = Math.min(FOREVER_SECONDS, Math.max(0, Math.floor((freshUntil - now) / 1000)));
  return ['ETag', value.etag, 'Age', String(age), 'Cache-Control', `max-age=${left}`];
}

function absent(key: string): Answer {
  return problemAnswer(404, 'There is nothing under this key.', { field: 'key', value: key });
}

function preconditionFailed(key: string): Answer {
  return problemAnswer(412, 'The entry is not as the condition wants it.', { field: 'key', value: key });
}
