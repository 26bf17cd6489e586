import type { CacheStats, KeyTraffic, KeyRanking, Target } from '@cachewarp/core';
import type { MetricsSnapshot } from '@cachewarp/metrics';
import type { Affected } from './affected.js';
import type { Happening } from './happening-log.js';
import type { KeyDetails, KeySummary } from './key-details.js';
import type { AuditRecord } from './audit-trail.js';

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
  keys: { readonly keys: readonly KeySummary[]; readonly total: number };
  key: { readonly details: KeyDetails | undefined; readonly lastInvalidation: AuditRecord | undefined };
  top: Readonly<Record<KeyRanking, readonly KeyTraffic[]>>;
  affected: Affected;
  audit: readonly AuditRecord[];
  happenings: Happenings;
}

/** A part of a process's happenings. */
export interface Happenings {
  readonly node: string;
  /** Place of the newest. */
  readonly position: number;
  /** Decisions that were not written down, because there were too many at a time. */
  readonly skipped: number;
  readonly happenings: readonly Happening[];
}

/**
 * The processes that serve one cache: the workers of a proxy today. Nodes that share a store can be asked in the same way, by whatever
 * carries a question to them and their answers back.
 */
export interface AdminPeers {
  /** Asks every process, this one included; one that does not answer in time is left out. */
  ask(question: AdminQuestion): Promise<readonly unknown[]>;
}
