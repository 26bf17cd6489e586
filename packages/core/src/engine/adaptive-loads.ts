import { createHash } from 'node:crypto';
import { EncodeError } from '../base/errors.js';
import { encodeValue } from '../entry/entry-codec.js';
import { AdaptiveTtl, type AdaptiveReport, type Advice, type Contact } from '../policy/adaptive/adaptive-ttl.js';
import type { CachePolicy } from '../policy/cache-policy.js';
import type { DropReason, MemoryRecord } from '../store/memory-record.js';
import type { TieredStore } from '../store/tiered-store.js';
import type { Background } from './background.js';
import type { LoadResult } from './load-result.js';

/** What the adaptive ttls of a cache stand on. */
export interface AdaptiveLoadsParts {
  readonly tiers: TieredStore;
  readonly background: Background;
  readonly random: () => number;
}

/** A contact, as adapters tell of it: how often it was answered from memory is known here. */
export type KnownContact = Omit<Contact, 'hits'>;

/**
 * The adaptive ttls of one cache: asks the rule when a load has ended, and tells it what it cannot see. Whether a result has changed is
 * told by a strong hash of its encoding. Hits are those that the records count anyway.
 */
export class AdaptiveLoads {
  readonly #parts: AdaptiveLoadsParts;
  readonly #rule: AdaptiveTtl;
  /** Most caches choose nothing, and need not tell what they drop. */
  #isUsed = false;
  #hasWarned = false;

  constructor(parts: AdaptiveLoadsParts) {
    this.#parts = parts;
    this.#rule = new AdaptiveTtl({ random: parts.random });
  }

  /**
   * The ttl of a result, in ms; `undefined` when it is not worth keeping. A result that has no encoding cannot be compared, and gets the
   * fixed ttl of its policy.
   */
  ttlMsOf(result: LoadResult, policy: CachePolicy): number | undefined {
    const content = this.#contentOf(result);
    if (content === undefined) return policy.ttlMs;
    const { word, ttlMs } = this.contact(contactOf(result, policy, content));
    return word === 'keep' ? ttlMs : undefined;
  }

  /** Shadow mode: what the ttl would be is worked out and reported, and does nothing. */
  watch(result: LoadResult, policy: CachePolicy): void {
    const content = this.#contentOf(result);
    if (content !== undefined) this.contact(contactOf(result, policy, content));
  }

  /** For adapters that know better what was answered: asks the rule. */
  contact(contact: KnownContact): Advice {
    this.#isUsed = true;
    const { tiers } = this.#parts;
    const hits = tiers.memory.peekRecord(contact.key)?.hits ?? 0;
    const advice = this.#rule.contact({ ...contact, hits });
    if (advice.word === 'pass') this.#drop(contact.key);
    return advice;
  }

  /** What is kept is outdated, and nothing will take its place: it must not be served stale until its windows close. */
  #drop(key: string): void {
    const { tiers, background } = this.#parts;
    const dropped = tiers.drop(key);
    if (dropped instanceof Promise) background.run(`drop ${key}`, dropped);
  }

  /** A record leaves the memory, with its count of hits. One that is replaced was counted when its successor came. */
  noteDrop(record: MemoryRecord, reason: DropReason): void {
    if (this.#isUsed && reason !== 'replaced') this.#rule.noteDrop(record.key, record.hits, reason === 'deleted');
  }

  report(key: string, now: number): AdaptiveReport | undefined {
    return this.#rule.report(key, now);
  }

  #contentOf({ key, value }: LoadResult): string | undefined {
    try {
      return hashOf(encodeValue(value));
    } catch (error) {
      if (!(error instanceof EncodeError)) throw error;
      if (!this.#hasWarned) {
        this.#hasWarned = true;
        process.emitWarning(`the ttl of ${key} cannot be adaptive, its results cannot be compared: ${error.message}`, {
          type: 'CacheWarpWarning',
        });
      }
      return undefined;
    }
  }
}

/** A strong hash, short enough to be kept for every object. */
export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
}

function contactOf({ key, at, loadMs }: LoadResult, { adaptive }: CachePolicy, content: string): KnownContact {
  return {
    key,
    ruleName: familyOf(key),
    settings: adaptive,
    contentType: '',
    at,
    content,
    lastModifiedAt: undefined,
    loadMs,
  };
}

/** The family of a key made by us, `user@2("42")`; of another, what stands before its first `:` or `/`. */
function familyOf(key: string): string {
  const end = key.search(/[(:/]/);
  return end <= 0 ? '' : key.slice(0, end);
}
