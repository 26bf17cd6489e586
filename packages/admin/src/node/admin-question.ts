import type { CacheStats, Target } from '@cachewarp/core';
import type { MetricsSnapshot } from '@cachewarp/metrics';
import type { AuditRecord, HappeningsEvent, KeyDetails, KeyPage, Rankings } from '../message/admin-answers.js';
import type { Affected } from './affected.js';

/**
 * What the admin API asks of each process that serves one cache together with others. Questions and answers are plain data: they travel
 * between processes.
 */
export type AdminQuestion =
  | { readonly kind: 'metrics' }
  | { readonly kind: 'stats' }
  | { readonly kind: 'keys'; readonly prefix: string; readonly after: string | undefined; readonly limit: number }
  | { readonly kind: 'key'; readonly keys: readonly string[] }
  | { readonly kind: 'top'; readonly limit: number }
  | { readonly kind: 'affected'; readonly targets: readonly Target[]; readonly maxKeys: number }
  | { readonly kind: 'audit'; readonly limit: number; readonly by: string | undefined }
  /** Everything that happened since the place that each process, by its name, had last told. */
  | { readonly kind: 'happenings'; readonly after: Readonly<Record<string, number>> };

/** What comes of each kind of question. */
export interface AdminAnswers {
  metrics: MetricsSnapshot;
  stats: CacheStats;
  keys: Omit<KeyPage, 'cursor'>;
  key: { readonly details: KeyDetails | undefined; readonly lastInvalidation: AuditRecord | undefined };
  top: Rankings;
  affected: Affected;
  audit: readonly AuditRecord[];
  happenings: Happenings;
}

/** A part of a process's happenings. */
export interface Happenings extends HappeningsEvent {
  readonly node: string;
  /** Place of the newest. */
  readonly position: number;
}

/** What one process answers, as its handler's `answer` gives it. */
export interface NodeAnswer {
  /** Its name: host, process id, and something that no other has. */
  readonly node: string;
  readonly answer: unknown;
}

/**
 * Processes that serve one cache together, such as the workers of a proxy. Whatever carries a question to them and their answers back can
 * be one.
 */
export interface AdminPeers {
  /**
   * What these processes have in common that no others have. With it, those who share the cache's store with them are asked, too, through
   * the store. Default: these are all.
   */
  readonly group?: string;
  /** Asks every process, this one included; one that does not answer in time is left out. Resolves with what each `answer` resolved with. */
  ask(question: AdminQuestion): Promise<readonly unknown[]>;
}

/** Whose answers an answer of the admin API is made of. */
export interface NodeView {
  /** Names of the processes that answered, this one first. */
  readonly answered: readonly string[];
  /** Names of those that are known, and did not answer in time. */
  readonly missing: readonly string[];
  /** Whether others can be reached through the cache's store: `away` when it does not answer, `none` when it carries no questions. */
  readonly store: 'ok' | 'away' | 'none';
}

/** What came of a question. */
export interface Gathered<K extends AdminQuestion['kind']> {
  readonly answers: readonly AdminAnswers[K][];
  readonly nodes: NodeView;
}
