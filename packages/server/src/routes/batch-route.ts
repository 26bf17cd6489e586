import { ProblemError } from '@cachewarp/admin';
import { readJson, readMembers, requireJson, type JsonText } from '../entries/read-draft.js';
import type { ServedEntry } from '../entries/entry-book.js';
import { describeValue, FOREVER_SECONDS, type Draft } from '../entries/served-value.js';
import { textAnswer, type Answer } from '../message/answer.js';
import { NO_CONDITIONS } from '../message/conditions.js';
import { itemsOf, membersOf } from '../message/json-spans.js';
import { keyOfText } from '../message/key-text.js';
import type { Call } from './call.js';
import { putRefusal, type EntryRouteParts } from './entry-routes.js';

interface Batch {
  readonly deletes: readonly string[];
  readonly sets: readonly { readonly key: string; readonly draft: Draft }[];
  readonly gets: readonly string[];
}

const MEMBERS = ['delete', 'set', 'get'];

/** `POST /cache/batch`: deletes, then sets, then gets. Everything is checked before anything is done. */
export async function runBatch({ head, guest, body }: Call, parts: EntryRouteParts): Promise<Answer> {
  requireJson(head.contentType);
  const batch = readBatch(readJson(await body.read()), parts);
  if (!guest.mayWrite && (batch.deletes.length > 0 || batch.sets.length > 0)) {
    throw new ProblemError(403, 'This token may only read.', {
      field: batch.sets.length > 0 ? 'set' : 'delete',
      value: 'read-only',
    });
  }
  const members: string[] = [];
  if (batch.deletes.length > 0)
    members.push(`"delete":${JSON.stringify(await deleteAll(batch.deletes, guest, parts))}`);
  if (batch.sets.length > 0) members.push(`"set":${JSON.stringify(await setAll(batch.sets, guest, parts))}`);
  if (batch.gets.length > 0) members.push(`"get":[${(await getAll(batch.gets, guest, parts)).join(',')}]`);
  return textAnswer(`{${members.join(',')}}\n`);
}

function readBatch(json: JsonText, { limits, rules }: EntryRouteParts): Batch {
  const object = json.value;
  if (typeof object !== 'object' || object === null || Array.isArray(object)) {
    throw new ProblemError(400, 'The content must be an object with get, set or delete.', {
      field: 'body',
      value: object,
    });
  }
  let count = 0;
  const lists = object as Record<string, unknown>;
  for (const [name, list] of Object.entries(lists)) {
    if (!MEMBERS.includes(name))
      throw new ProblemError(400, `${name} is not a member (known: ${MEMBERS.join(', ')}).`, {
        field: name,
        value: list,
      });
    if (!Array.isArray(list)) throw new ProblemError(400, `${name} must be a list.`, { field: name, value: list });
    count += list.length;
  }
  if (count === 0 || count > limits.batchKeys) {
    throw new ProblemError(count === 0 ? 400 : 422, `A batch must have 1 to ${limits.batchKeys} keys.`, {
      field: 'body',
      value: count,
    });
  }
  const keysOf = (name: string): string[] =>
    ((lists[name] ?? []) as unknown[]).map((key, index) => keyOfText(`${name}[${index}]`, key, limits.keyBytes));
  const span = membersOf(json.text).get('set');
  const items = span === undefined ? [] : itemsOf(json.text, span.start);
  const sets = items.map((item, index) => {
    const at = `set[${index}]`;
    const draft = readMembers(json, item, at, rules, ['key', 'base64', 'contentType']);
    const { key } = (lists['set'] as { key?: unknown }[])[index]!;
    return { key: keyOfText(`${at}.key`, key, limits.keyBytes), draft };
  });
  return { deletes: keysOf('delete'), sets, gets: keysOf('get') };
}

function deleteAll(keys: readonly string[], { room }: Call['guest'], { book }: EntryRouteParts): Promise<object[]> {
  return Promise.all(
    keys.map(async (key) => {
      const word = await book.remove(room, key, NO_CONDITIONS);
      return word === 'queue-full' ? { key, deleted: false, status: 503 } : { key, deleted: word === 'removed' };
    }),
  );
}

function setAll(sets: Batch['sets'], { room }: Call['guest'], { book }: EntryRouteParts): Promise<object[]> {
  return Promise.all(
    sets.map(async ({ key, draft }) => {
      const result = await book.put(room, key, draft, NO_CONDITIONS);
      const refusal = putRefusal(key, result);
      if (refusal !== undefined) return { key, status: refusal.status };
      return {
        key,
        status: result.word === 'created' ? 201 : result.word === 'replaced' ? 200 : 202,
        etag: result.etag,
      };
    }),
  );
}

/** An entry, or null; beyond the limit of bytes `{"key", "omitted": true}`, to be asked for alone. */
async function getAll(
  keys: readonly string[],
  { room }: Call['guest'],
  { book, now, limits }: EntryRouteParts,
): Promise<string[]> {
  await book.prefetch(room, keys);
  const entries = await Promise.all(keys.map(async (key) => book.find(room, key)));
  let bytes = 0;
  return entries.map((entry, index) => {
    const key = keys[index]!;
    if (entry === undefined) return 'null';
    bytes += entry.value.body.length;
    if (bytes > limits.answerBytes) return JSON.stringify({ key, omitted: true });
    return `${describe(key, entry, room.prefix.length).slice(0, -1)}${validity(entry, now())}`;
  });
}

function describe(key: string, { value, tags, createdAt, freshUntil }: ServedEntry, skipped: number): string {
  const seconds = Math.round((freshUntil - createdAt) / 100) / 10;
  return describeValue(
    key,
    value,
    isEndless(createdAt, freshUntil) ? null : seconds,
    tags.map((tag) => tag.slice(skipped)),
  );
}

/** Members that change with time stand outside what the ETag is made from. */
function validity({ value, createdAt, freshUntil }: ServedEntry, now: number): string {
  const age = Math.max(0, Math.floor((now - createdAt) / 1000));
  const left = isEndless(createdAt, freshUntil) ? null : Math.max(0, Math.floor((freshUntil - now) / 1000));
  return `,"etag":${JSON.stringify(value.etag)},"age":${age},"ttlLeft":${left}}`;
}

/** An entry is made a moment after its time has begun, so that it never has all of it. */
function isEndless(createdAt: number, freshUntil: number): boolean {
  return freshUntil - createdAt > (FOREVER_SECONDS - 60) * 1000;
}
