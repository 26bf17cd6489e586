import type { LogRecord } from '@cachewarp/core';
import type { MetricsSnapshot } from '@cachewarp/metrics';

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
  /** The metrics of all workers are wanted. */
  | { readonly cachewarp: 'gather'; readonly id: number }
  /** It has taken other options, or not: then `error` says why. */
  | {
      readonly cachewarp: 'reloaded';
      readonly id: number;
      readonly needRestart: readonly string[];
      readonly error: string | null;
    }
  /** Its own metrics, as they were asked for. */
  | { readonly cachewarp: 'snapshot'; readonly id: number; readonly snapshot: MetricsSnapshot };

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
  /** Its metrics are wanted. */
  | { readonly cachewarp: 'snapshot'; readonly id: number }
  /** The metrics of all workers. */
  | { readonly cachewarp: 'gathered'; readonly id: number; readonly snapshots: readonly MetricsSnapshot[] }
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
