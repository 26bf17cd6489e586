import type { CacheStats, KeyRanking, KeyTraffic } from '@cachewarp/core';
import type { AuditRecord, KeySummary } from '../message/admin-answers.js';
import type { AdminAnswers } from './admin-question.js';
import type { Affected } from './affected.js';

/** A page of the keys of several processes. A key that several hold stands once; `total` counts it once for each. */
export function mergeKeys(answers: readonly AdminAnswers['keys'][], limit: number): AdminAnswers['keys'] {
  const byKey = new Map<string, KeySummary>();
  for (const { keys } of answers)
    for (const summary of keys) if (!byKey.has(summary.key)) byKey.set(summary.key, summary);
  const keys = [...byKey.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1)).slice(0, limit);
  return { keys, total: answers.reduce((sum, { total }) => sum + total, 0) };
}

/** Rankings of several processes as those of one. What is outside every process's ranking is not seen here, either. */
export function mergeTop(answers: readonly AdminAnswers['top'][], limit: number): AdminAnswers['top'] {
  const rank = (by: KeyRanking): KeyTraffic[] => {
    const sums = new Map<string, KeyTraffic>();
    for (const answer of answers) {
      for (const one of answer[by]) {
        const other = sums.get(one.key);
        sums.set(one.key, other === undefined ? one : addTraffic(one, other));
      }
    }
    return [...sums.values()].toSorted((a, b) => b[by] - a[by] || (a.key < b.key ? -1 : 1)).slice(0, limit);
  };
  return { requests: rank('requests'), misses: rank('misses'), bytes: rank('bytes'), savedMs: rank('savedMs') };
}

function addTraffic(one: KeyTraffic, other: KeyTraffic): KeyTraffic {
  return {
    key: one.key,
    requests: one.requests + other.requests,
    misses: one.misses + other.misses,
    bytes: one.bytes + other.bytes,
    savedMs: one.savedMs + other.savedMs,
  };
}

export function mergeAffected(answers: readonly Affected[], maxKeys: number): Affected {
  const keys = new Set(answers.flatMap((answer) => answer.keys));
  const entries = answers.reduce((sum, answer) => sum + answer.entries, 0);
  return { entries, keys: [...keys].toSorted().slice(0, maxKeys) };
}

/** One log, as several processes remember it: newest first, each record once, with its count where one of them counted. */
export function mergeAudit(answers: readonly (readonly AuditRecord[])[], limit: number): AuditRecord[] {
  const byPosition = new Map<number, AuditRecord>();
  for (const record of answers.flat()) {
    if ((byPosition.get(record.position)?.entries ?? null) === null) byPosition.set(record.position, record);
  }
  return [...byPosition.values()].toSorted((a, b) => b.position - a.position).slice(0, limit);
}

/** Counters and sizes of several processes, added up. The tier behind the memory is one for all: its state is that of the worst. */
export function mergeStats(answers: readonly CacheStats[]): CacheStats {
  const [first, ...others] = answers as [CacheStats, ...CacheStats[]];
  if (others.length === 0) return first;
  const sum = { ...first } as Record<string, unknown> & CacheStats;
  for (const [name, value] of Object.entries(first)) {
    if (typeof value !== 'number') continue;
    (sum as Record<string, unknown>)[name] = answers.reduce((total, stats) => total + numberOf(stats, name), 0);
  }
  const answered = sum.hits + sum.staleHits;
  const asked = answered + sum.misses;
  const rank = { closed: 0, 'half-open': 1, open: 2 };
  const stores = answers.flatMap(({ store }) => (store === undefined ? [] : [store]));
  const store = stores.toSorted((a, b) => rank[b.breaker] - rank[a.breaker])[0];
  return { ...sum, hitRatio: asked === 0 ? 0 : answered / asked, store };
}

function numberOf(stats: CacheStats, name: string): number {
  const value = (stats as unknown as Record<string, unknown>)[name];
  return typeof value === 'number' ? value : 0;
}
