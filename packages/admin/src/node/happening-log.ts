import type { Cache, Clock } from '@cachewarp/core';
import type { Decision, Happening } from '../message/admin-answers.js';

/** Where decisions can be heard that tell more than the cache's own events: a proxy's requests. */
export interface DecisionFeed {
  /** @returns the way to stop */
  subscribe(listener: (decision: Decision) => void): () => void;
}

/** Decisions written down in one second; a busy cache takes a million, and nobody reads those. */
const MAX_PER_SECOND = 200;
/** How many are held for those who ask. */
const CAPACITY = 600;
/** Nobody has asked for so long: it stops listening, and the hit path emits nothing any more. */
const IDLE_MS = 10_000;

/**
 * What happens in a cache, as long as somebody asks: the first question begins it, and some seconds without one end it. Bounded in
 * number and rate.
 */
export class HappeningLog {
  readonly #cache: Cache;
  readonly #clock: Clock;
  readonly #feed: DecisionFeed | undefined;
  #happenings: Happening[] = [];
  #stops: (() => void)[] = [];
  #seq = 0;
  #skipped = 0;
  #askedAt = -Infinity;
  #second = 0;
  #inSecond = 0;

  constructor(parts: { cache: Cache; clock: Clock; feed: DecisionFeed | undefined }) {
    this.#cache = parts.cache;
    this.#clock = parts.clock;
    this.#feed = parts.feed;
  }

  get position(): number {
    return this.#seq;
  }

  /** What happened behind a place, oldest first; and how many decisions were passed over since the last question. */
  since(position: number): { happenings: readonly Happening[]; skipped: number } {
    this.#askedAt = this.#clock.now();
    if (this.#stops.length === 0) this.#start();
    const skipped = this.#skipped;
    this.#skipped = 0;
    return { happenings: this.#happenings.filter(({ seq }) => seq > position), skipped };
  }

  close(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.#happenings = [];
  }

  #start(): void {
    const { events } = this.#cache;
    const tell = (kind: Happening['kind'], text: string): void => this.#add({ kind, text });
    this.#stops = [
      events.on('invalidated', ({ targets, soft, by }) =>
        tell(
          'invalidated',
          `${soft ? 'expired' : 'purged'} ${targets.join(', ')}${by === undefined ? '' : ` by ${by}`}`,
        ),
      ),
      events.on('loadError', ({ key, error }) => tell('loadError', `${key}: ${messageOf(error)}`)),
      events.on('storeError', ({ store, operation, error }) =>
        tell('storeError', `${store} ${operation}: ${messageOf(error)}`),
      ),
      events.on('breaker', ({ store, state }) => tell('breaker', `breaker of ${store} is ${state}`)),
      events.on('evicted', ({ key, size }) => this.#sample({ kind: 'evicted', key, bytes: size })),
      ...(this.#feed === undefined
        ? this.#hearCache()
        : [this.#feed.subscribe((decision) => this.#sample({ kind: 'decision', ...decision }))]),
    ];
  }

  #hearCache(): (() => void)[] {
    const { events } = this.#cache;
    const decide = (decision: Decision): void => this.#sample({ kind: 'decision', ...decision });
    return [
      events.on('hit', ({ key }) => decide({ word: 'hit', key })),
      events.on('stale', ({ key, because }) => decide({ word: 'stale', key, reason: because })),
      events.on('miss', ({ key, reason }) => decide({ word: reason === 'bypass' ? 'bypass' : 'miss', key, reason })),
      events.on('coalesced', ({ key }) => decide({ word: 'miss', key, reason: 'coalesced' })),
    ];
  }

  /** Of what happens with every request, no more than so many a second. */
  #sample(happening: Omit<Happening, 'seq' | 'at'>): void {
    const second = Math.floor(this.#clock.coarseNow() / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#inSecond = 0;
      if (this.#clock.coarseNow() - this.#askedAt > IDLE_MS) return this.close();
    }
    if (++this.#inSecond > MAX_PER_SECOND) this.#skipped++;
    else this.#add(happening);
  }

  #add(happening: Omit<Happening, 'seq' | 'at'>): void {
    this.#happenings.push({ seq: ++this.#seq, at: Math.round(this.#clock.now()), ...happening });
    if (this.#happenings.length > 2 * CAPACITY) this.#happenings.splice(0, CAPACITY);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
