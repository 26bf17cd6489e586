import type { AdminQuestion } from './admin-question.js';

/** What nodes tell each other over a shared store. */
export type PeerMessage = { readonly from: string; readonly group: string | null } & (
  | {
      /** Somebody is there now, and asks who else is; or answers that it is, too; or goes. */ readonly type:
        'hello' | 'here' | 'bye';
    }
  | { readonly type: 'ask'; readonly id: string; readonly question: AdminQuestion }
  /** `answer` is left out where there is none: it failed, or was too long. */
  | { readonly type: 'answer'; readonly id: string; readonly answer?: unknown }
);

/** Nodes of another version of these messages are not understood, and do not understand. */
const VERSION = 1;
/** Longest message, in characters. */
export const MAX_MESSAGE = 1024 * 1024;
const NAME = /^[\w.:-]{1,200}$/;

/** @returns undefined when it is longer than a message may be */
export function writePeerMessage(message: PeerMessage): string | undefined {
  const text = JSON.stringify({ cachewarp: VERSION, ...message });
  return text.length > MAX_MESSAGE ? undefined : text;
}

/** @returns undefined for what is no message of ours */
export function readPeerMessage(text: string): PeerMessage | undefined {
  if (text.length > MAX_MESSAGE) return undefined;
  const message = parse(text);
  if (message === undefined || message['cachewarp'] !== VERSION) return undefined;
  const { from, group, type, id, question } = message;
  if (typeof from !== 'string' || !NAME.test(from)) return undefined;
  if (group !== null && (typeof group !== 'string' || group.length > 200)) return undefined;
  switch (type) {
    case 'hello':
    case 'here':
    case 'bye':
      return message as unknown as PeerMessage;
    case 'ask':
      return isId(id) && isObject(question) ? (message as unknown as PeerMessage) : undefined;
    case 'answer':
      return isId(id) ? (message as unknown as PeerMessage) : undefined;
    default:
      return undefined;
  }
}

function isId(id: unknown): boolean {
  return typeof id === 'string' && id.length <= 100;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    // Anybody may publish anything on a channel: what is no JSON is not ours.
    return undefined;
  }
}
