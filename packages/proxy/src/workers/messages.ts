import type { AdminQuestion } from '@cachewarp/admin';
import type { LogRecord } from '@cachewarp/core';

/** What a worker tells the process that began it. Every message has the field `cachewarp`, so that others may send theirs, too. */
export type FromWorker =
  /** It is there, and wants to be told of invalidations from now on. */
  | { readonly cachewarp: 'hello' }
  /** It serves. */
  | { readonly cachewarp: 'ready'; readonly adminUrl: string | null }
  /** It has the connection. */
  | { readonly cachewarp: 'taken'; readonly id: number }
  /** It cannot serve, and ends. */
  | { readonly cachewarp: 'failed'; readonly code: string; readonly message: string }
  /** Something is to be invalidated everywhere. */
  | { readonly cachewarp: 'append'; readonly id: number; readonly record: Omit<LogRecord, 'seq'> }
  /** It serves nothing any more that the record of this place invalidated. */
  | { readonly cachewarp: 'applied'; readonly seq: number }
  /** The answers of all workers to a question of the admin API are wanted. */
  | { readonly cachewarp: 'gather'; readonly id: number; readonly question: AdminQuestion }
  /** It has taken other options, or not: then `error` says why. */
  | {
      readonly cachewarp: 'reloaded';
      readonly id: number;
      readonly needRestart: readonly string[];
      readonly error: string | null;
    }
  /** Its own answer; undefined when it has none. */
  | { readonly cachewarp: 'answer'; readonly id: number; readonly answer: unknown };

/** What a worker is told. */
export type ToWorker =
  /** Where the invalidation log stands, and under which name the proxy writes Via. */
  | {
      readonly cachewarp: 'welcome';
      readonly epoch: string;
      readonly position: number;
      readonly pseudonym: string;
      readonly reloaded: unknown;
    }
  /** A client's connection, which comes with the message. */
  | { readonly cachewarp: 'connection'; readonly id: number }
  /** Somebody invalidated something. */
  | { readonly cachewarp: 'record'; readonly record: LogRecord }
  /** Every worker has applied what was appended under this id. */
  | { readonly cachewarp: 'appended'; readonly id: number; readonly record: LogRecord }
  /** It is asked what the admin API of one of them wants to know. */
  | { readonly cachewarp: 'question'; readonly id: number; readonly question: AdminQuestion }
  /** The answers of all workers. */
  | { readonly cachewarp: 'gathered'; readonly id: number; readonly answers: readonly unknown[] }
  /** Other options, in the form in which `startWorkers` makes them of data. */
  | { readonly cachewarp: 'reload'; readonly id: number; readonly data: unknown }
  /** To end when everything is answered, or at once. */
  | { readonly cachewarp: 'drain' | 'close' };

/** One end of the channel between a worker and the process that began it. */
export interface Channel<Sent, Received> {
  send(message: Sent): void;
  /** Hears every message of ours, in order. */
  onMessage(listener: (message: Received) => void): void;
}

/** Whether a message that came over a process channel is one of ours. */
export function isOurs(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'cachewarp' in message;
}
