import { ProblemError } from '@cachewarp/admin';
import type { Target } from '@cachewarp/core';
import type { Room } from '../access/room.js';
import { checkTag, readJson, requireJson } from '../entries/read-draft.js';
import { jsonAnswer, type Answer } from '../message/answer.js';
import { keyOfText } from '../message/key-text.js';
import type { Call } from './call.js';
import type { EntryRouteParts } from './entry-routes.js';

const MEMBERS = ['key', 'keys', 'tag', 'tags', 'prefix', 'all'];

/** `POST /invalidate`: `{"key" | "keys" | "tag" | "tags" | "prefix" | "all": true}`, several at once if wished. */
export async function invalidateEntries(
  { head, guest, body }: Call,
  { book, limits }: EntryRouteParts,
): Promise<Answer> {
  requireJson(head.contentType);
  const { value } = readJson(await body.read());
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ProblemError(400, 'The content must be an object.', { field: 'body', value });
  }
  const targets = Object.entries(value).flatMap(([name, given]) => targetsOf(name, given, guest.room, limits.keyBytes));
  if (targets.length === 0 || targets.length > limits.batchKeys) {
    throw new ProblemError(
      targets.length === 0 ? 400 : 422,
      `Name 1 to ${limits.batchKeys} targets: ${MEMBERS.join(', ')}.`,
      {
        field: 'body',
        value: targets.length,
      },
    );
  }
  await book.invalidate(targets, 'POST /invalidate');
  return jsonAnswer({ invalidated: targets.length });
}

function targetsOf(name: string, given: unknown, room: Room, maxBytes: number): Target[] {
  switch (name) {
    case 'key':
      return [{ key: room.inside(keyOfText(name, given, maxBytes)) }];
    case 'keys':
      return listOf(name, given).map((key, index) => ({
        key: room.inside(keyOfText(`${name}[${index}]`, key, maxBytes)),
      }));
    case 'tag':
      checkTag(name, given);
      return [{ tag: room.inside(given) }];
    case 'tags':
      return listOf(name, given).map((tag, index) => {
        checkTag(`${name}[${index}]`, tag);
        return { tag: room.inside(tag) };
      });
    case 'prefix':
      return [{ prefix: room.inside(keyOfText(name, given, maxBytes)) }];
    case 'all':
      if (given !== true) throw new ProblemError(400, 'all must be true.', { field: name, value: given });
      return [room.isWhole ? { all: true } : { prefix: room.prefix }];
    default:
      throw new ProblemError(400, `${name} is not a member (known: ${MEMBERS.join(', ')}).`, {
        field: name,
        value: given,
      });
  }
}

function listOf(name: string, given: unknown): readonly unknown[] {
  if (Array.isArray(given)) return given;
  throw new ProblemError(400, `${name} must be a list.`, { field: name, value: given });
}
