import { nextEventId, type FillLease, type Flight, type MissReason } from '@cachewarp/core';
import { Canceller } from '../message/canceller.js';
import type { HeaderFields } from '../message/headers.js';
import type { HttpResponse, Origin, ResponseBody } from '../message/http-message.js';
import type { RequestDirectives } from '../semantics/cache-control.js';
import type { SemanticsOptions } from '../semantics/semantics-options.js';
import { endToEndFields } from '../semantics/hop-by-hop.js';
import { isServerFailure } from '../semantics/stale.js';
import { matchesVary } from '../semantics/vary.js';
import type { BodySink } from './body-sink.js';
import type { ResponseHead } from './draft-response.js';
import type { KeyedRequest } from './http-key.js';
import type { HttpPolicy } from './http-policy.js';
import { OriginError } from './origin-error.js';
import type { ResponseRecord, StoredResponse } from './stored-response.js';

/** One request on its way through the cache: what it is, and by which rules. */
export interface Walk {
  readonly keyed: KeyedRequest;
  readonly origin: Origin;
  readonly policy: HttpPolicy;
  /** The rules for this very request. */
  readonly semantics: SemanticsOptions;
  /** What it says about caching itself; undefined where that does not count. */
  readonly directives: RequestDirectives | undefined;
  /** Whether the client wants to hear from the origin although something fresh is stored. */
  isForced: boolean;
  /** Whether it was found that others' answers are not for this request. */
  mustGoAlone: boolean;
  /** Fills that failed while this request waited for them. */
  failures: number;
  /** Fills whose answer, when it came, was for other values of the fields that Vary names. */
  detours: number;
}

/** The same walk by the policy for an answer, whose head has come; undefined where that policy keeps nothing. */
export function walkForAnswer(walk: Walk, answer: Pick<HttpResponse, 'status' | 'headers'>): Walk | undefined {
  const policy = walk.policy.forAnswer?.(walk.keyed.request, answer);
  if (policy === undefined) return walk;
  if (policy === false) return undefined;
  const semantics = walk.keyed.cookiesCount ? policy.semantics : policy.semanticsWithoutCookies;
  return { ...walk, policy, semantics };
}

/** What became of a fill, before each of its callers gets his part. */
export type Outcome =
  /** An answer for everybody whom Vary allows. It is complete, or still coming in. */
  | {
      readonly word: 'shared';
      readonly head: ResponseHead;
      /** The fields as they came: for the one who asked. */
      readonly received: HeaderFields;
      readonly content: Uint8Array | BodySink;
    }
  /** The origin confirmed what was stored. `isForAll` is false when it took the permission to share it back. */
  | {
      readonly word: 'renewed';
      readonly stored: StoredResponse;
      readonly record: ResponseRecord | undefined;
      readonly isForAll: boolean;
    }
  /** An answer for the one who asked alone. `why` is the reason, for Cache-Status. */
  | { readonly word: 'private'; readonly response: HttpResponse; readonly why: string }
  | { readonly word: 'failed'; readonly error: OriginError }
  /** Nothing was asked: another process has the answer, or is about to. */
  | { readonly word: 'elsewhere' };

/** One caller's part of an outcome. */
export type Share =
  | {
      readonly word: 'shared';
      readonly head: ResponseHead;
      readonly headers: HeaderFields;
      readonly body: ResponseBody;
    }
  | Exclude<Outcome, { word: 'shared' | 'elsewhere' }>
  /** This answer is not for him. `again`: another like him may share one, or has; `alone`: the URI is not cacheable. */
  | { readonly word: 'unshared'; readonly next: 'again' | 'alone' }
  /** A follower's: the head took too long. */
  | { readonly word: 'timeout' };

/** What a fill is made from. */
export interface FillParts {
  readonly walk: Walk;
  readonly lease: FillLease;
  /** Where others find it; undefined when nobody may join. */
  readonly flightKey: string | undefined;
  /** Where it is remembered that the answer could not be stored; undefined where that would say nothing about other requests. */
  readonly missKey: string | undefined;
  /** What the origin is asked to confirm. */
  readonly record: ResponseRecord | undefined;
  /** Where there is none: other variants of the same URI, of which one may be the answer to this request, too. */
  readonly others?: readonly ResponseRecord[];
  readonly isBackground: boolean;
  readonly missReason: MissReason;
}

/**
 * One running request to the origin, and the callers who wait for its head. When the head is there, each is given his part in the same
 * turn: so nobody's reader comes too late for the beginning of the body.
 *
 * The caller who began it may get any answer. Those who joined may only get one that a shared cache may store, and that Vary allows for
 * their request.
 */
export class Fill implements Flight {
  /** As it was begun; and once the head of the answer has come, by the policy for that answer. */
  walk: Walk;
  readonly lease: FillLease;
  flightKey: string | undefined;
  /** Another fill of the same answer, which others find when this one has ended. */
  next: Fill | undefined;
  readonly missKey: string | undefined;
  readonly record: ResponseRecord | undefined;
  readonly others: readonly ResponseRecord[];
  readonly isBackground: boolean;
  readonly missReason: MissReason;
  /** For events. */
  readonly id = nextEventId();
  /** Calls the origin off. */
  readonly controller = new Canceller();
  #outcome: Outcome | undefined;
  readonly #waiting = new Set<Waiter>();

  constructor(parts: FillParts) {
    this.walk = parts.walk;
    this.lease = parts.lease;
    this.flightKey = parts.flightKey;
    this.missKey = parts.missKey;
    this.record = parts.record;
    this.others = parts.others ?? NO_RECORDS;
    this.isBackground = parts.isBackground;
    this.missReason = parts.missReason;
  }

  /** Whether everybody was given his part. */
  get isSettled(): boolean {
    return this.#outcome !== undefined;
  }

  /** Whether somebody waits for it, or it is to be refreshed behind its clients. */
  get isWanted(): boolean {
    return this.isBackground || this.#waiting.size > 0;
  }

  /** Callers that wait for the head. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Whether a follower may wait for the head, or has come in time for the body. */
  mayServe({ keyed, isForced }: Walk): boolean {
    const outcome = this.#outcome;
    if (outcome === undefined) return true;
    // A client that wants to hear from the origin does not take what the origin said before he asked.
    if (isForced || outcome.word !== 'shared') return false;
    if (!matchesVary(outcome.head.vary, this.walk.keyed.request.headers, keyed.request.headers)) return false;
    return outcome.content instanceof Uint8Array || outcome.content.isWhole;
  }

  /**
   * A caller's part, when the head is there. A follower waits at most until `timesOut` calls, and as long as his client stays.
   * @throws the signal's reason when the client has left
   */
  join(walk: Walk, isFollower: boolean, setTimeout?: (timesOut: () => void) => () => void): Promise<Share> {
    if (this.#outcome !== undefined) return Promise.resolve(this.#shareOf(this.#outcome, walk, isFollower));
    return new Promise((resolve, reject) => {
      const { signal } = walk.keyed.request;
      const leave = (): void => {
        this.#waiting.delete(waiter);
        cancelTimeout?.();
        signal?.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => {
        leave();
        reject(signal?.reason as Error);
      };
      const waiter: Waiter = {
        take: (outcome) => {
          leave();
          resolve(this.#shareOf(outcome, walk, isFollower));
        },
      };
      const cancelTimeout = setTimeout?.(() => {
        leave();
        resolve({ word: 'timeout' });
      });
      this.#waiting.add(waiter);
      if (!isFollower) return;
      signal?.addEventListener('abort', onAbort, { once: true });
      if (signal?.aborted === true) onAbort();
    });
  }

  /** Gives everybody his part. The first outcome counts. */
  settle(outcome: Outcome): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    for (const waiter of this.#waiting) waiter.take(outcome);
  }

  #shareOf(outcome: Outcome, walk: Walk, isFollower: boolean): Share {
    if (outcome.word === 'elsewhere') return { word: 'unshared', next: 'again' };
    if (isFollower) {
      // What an origin says when it fails may speak of the one who asked, and is his. That it failed is true for all: they have another try
      // between them, as after a broken connection, and do not run against it all at once.
      if (outcome.word === 'private' && isServerFailure(outcome.response.status)) {
        const { status } = outcome.response;
        const { primary: key } = walk.keyed;
        return {
          word: 'failed',
          error: new OriginError('unreachable', `the origin answered ${status}`, { key, status }),
        };
      }
      const obstacle = this.#obstacle(outcome, walk);
      if (obstacle !== undefined) return { word: 'unshared', next: obstacle };
    }
    if (outcome.word !== 'shared') return outcome;
    const { head, received, content } = outcome;
    // RFC 9111 5.2.2.4: what `no-cache="field"` names is for the one who asked.
    const headers = isFollower ? head.headers : endToEndFields(received);
    if (content instanceof Uint8Array) return { word: 'shared', head, headers, body: content };
    const body = content.attach(walk.keyed.request.signal);
    return body === undefined ? { word: 'unshared', next: 'alone' } : { word: 'shared', head, headers, body };
  }

  /** Why a follower cannot have his part of an outcome. */
  #obstacle(
    outcome: Exclude<Outcome, { word: 'elsewhere' }>,
    { keyed, semantics }: Walk,
  ): 'again' | 'alone' | undefined {
    if (outcome.word === 'failed') return undefined;
    const mayBePersonal = semantics.cookies === 'bypass' && keyed.request.headers.has('cookie');
    // The cookies of the one who asked kept it from being shared: those without any may share another.
    if (outcome.word === 'private') return outcome.why === 'cookie' && !mayBePersonal ? 'again' : 'alone';
    if (outcome.word === 'renewed' && !outcome.isForAll) return 'alone';
    const { vary, freshness } = outcome.word === 'shared' ? outcome.head : outcome.stored;
    // As at a hit: under a lifetime of the operator's, a request with cookies may be personal.
    if (mayBePersonal && (freshness.source === 'default' || freshness.source === 'rule')) return 'alone';
    return matchesVary(vary, this.walk.keyed.request.headers, keyed.request.headers) ? undefined : 'again';
  }
}

const NO_RECORDS: readonly ResponseRecord[] = [];

interface Waiter {
  take(outcome: Outcome): void;
}
