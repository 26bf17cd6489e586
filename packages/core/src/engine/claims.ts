import type { Clock } from '../base/clock.js';
import type { MaybePromise } from '../store/cache-store.js';
import type { MemoryRecord } from '../store/memory-record.js';
import type { Claimed, TieredStore } from '../store/tiered-store.js';
import type { EventBus } from '../telemetry/event-bus.js';
import type { LeaseWaitOutcome } from '../telemetry/events.js';
import type { CacheCounters } from '../telemetry/counters.js';
import type { FillLease, Residence } from './fill-lease.js';
import { FillTicket } from './fill-ticket.js';

/**
 * What a claim came to.
 * - `answered`: what the tier has was accepted, there is nothing to load.
 * - `mine`: load, for all processes: the lease holds the ticket.
 * - `alone`: load, for this process: the tier could not be asked, or another process took too long.
 * - `left`: do not load: another process does, and who wanted it does not wait; or nobody wants it any more.
 */
export type ClaimOutcome = 'answered' | 'mine' | 'alone' | 'left';

/** What somebody wants who claims a fill. */
export interface Claim {
  /** The key to be leased, and read. Default: the key of the lease. */
  readonly key?: string;
  readonly residence: Residence;
  /** Whether it is known that what is stored is of no use, or to be refreshed. */
  readonly replaces: boolean;
  /** Shows what the tier has, if it is valid, perhaps more than once. True when that will do. */
  readonly accepts: (record: MemoryRecord) => boolean;
  /** Whether somebody waits for the outcome still. Otherwise another process's fill is not waited for. */
  readonly isAwaited: () => boolean;
  /** Whether the outcome is still wanted at all. */
  readonly isWanted: () => boolean;
}

/** A claim on its way. */
interface Run {
  readonly lease: FillLease;
  readonly claim: Claim;
  readonly key: string;
  readonly leaseMs: number;
  replaces: boolean;
  waitingSince: number | undefined;
}

type Judgement = ClaimOutcome | { readonly waitMs: number } | undefined;

/** What claims stand on. */
export interface ClaimParts {
  readonly tiers: TieredStore;
  readonly clock: Clock;
  readonly events: EventBus;
  readonly counters: CacheCounters;
  /** Leases that hold a ticket. */
  readonly held: Set<FillLease>;
  /** Takes in what the tier behind has answered; undefined where it is not valid. */
  readonly admit: (record: MemoryRecord | undefined, residence: Residence) => MemoryRecord | undefined;
}

/** A lease lasts for three times a usual load, within these bounds, in ms. It is renewed while its process is well. */
const SHORTEST_LEASE_MS = 1_000;
const LONGEST_LEASE_MS = 30_000;

/** Another process's fill is waited for no longer than this, in ms. */
const LONGEST_WAIT_MS = 10_000;

/** Claims that may wait at a time; further ones load alone. */
const MAX_WAITING = 1_000;

/** How much one load counts in what is usual. */
const LEARNING_RATE = 0.1;

/**
 * Single flight across the processes that share a tier: one of them at a time fills a key. The others wait for its answer, bounded in
 * time and number, and load by themselves beyond that.
 */
export class Claims {
  readonly #parts: ClaimParts;
  #waiting = 0;
  #usualLoadMs = 0;

  constructor(parts: ClaimParts) {
    this.#parts = parts;
  }

  /** Takes note of how long a load took, in ms: leases are to be as long as loads need. */
  learn(loadMs: number): void {
    this.#usualLoadMs += LEARNING_RATE * (loadMs - this.#usualLoadMs);
  }

  /** Never rejects. Where the tier cannot be asked, it answers at once. */
  run(lease: FillLease, claim: Claim): MaybePromise<ClaimOutcome> {
    const leaseMs = Math.min(LONGEST_LEASE_MS, Math.max(SHORTEST_LEASE_MS, 3 * this.#usualLoadMs));
    const { replaces } = claim;
    return this.#ask({ lease, claim, key: claim.key ?? lease.key, leaseMs, replaces, waitingSince: undefined });
  }

  /** Goes on within the answer of the tier: a promise for every step would cost more than the step. */
  #ask(run: Run): MaybePromise<ClaimOutcome> {
    const { key, leaseMs, replaces } = run;
    return this.#parts.tiers.claim(key, { leaseMs, replaces }, (claimed) => this.#goOn(run, this.#judge(run, claimed)));
  }

  #goOn(run: Run, outcome: Judgement): MaybePromise<ClaimOutcome> {
    if (typeof outcome === 'string') return this.#ended(run, outcome);
    if (outcome !== undefined) return this.#askLater(run, outcome.waitMs);
    // What is stored is of no use: it is to be replaced.
    run.replaces = true;
    return this.#ask(run);
  }

  async #askLater(run: Run, waitMs: number): Promise<ClaimOutcome> {
    const { clock } = this.#parts;
    run.waitingSince ??= clock.now();
    const leftMs = run.waitingSince + LONGEST_WAIT_MS - clock.now();
    if (leftMs <= 0 || this.#waiting >= MAX_WAITING) return this.#ended(run, 'alone');
    await this.#wait(run.key, Math.min(leftMs, waitMs));
    return this.#ask(run);
  }

  /** A claim's outcome; how long to wait; or undefined where what is stored has to be replaced. */
  #judge({ lease, claim, key, leaseMs }: Run, claimed: Claimed): Judgement {
    const { admit, clock, events, held, tiers } = this.#parts;
    if (claimed.word === 'lease') {
      const { token } = claimed;
      const onLost = (lost: string): void => events.emit('leaseLost', { key: lost });
      const onSpent = (): void => void held.delete(lease);
      held.add(lease);
      lease.hold(new FillTicket({ store: tiers.shared!, clock, key, token, leaseMs, onLost, onSpent }));
    }
    const record = admit(claimed.record, claim.residence);
    const isAnswered = record !== undefined && claim.accepts(record);
    if (isAnswered || !claim.isWanted()) {
      lease.ticket?.release();
      return isAnswered ? 'answered' : 'left';
    }
    switch (claimed.word) {
      case 'lease':
        return 'mine';
      case 'unasked':
        return 'alone';
      case 'entry':
        return undefined;
      case 'taken':
        return claim.isAwaited() ? { waitMs: claimed.remainingMs } : 'left';
    }
  }

  async #wait(key: string, maxMs: number): Promise<void> {
    this.#waiting++;
    await this.#parts.tiers.shared!.ended(key, Math.max(1, maxMs));
    this.#waiting--;
  }

  #ended({ lease, key, waitingSince }: Run, outcome: ClaimOutcome): ClaimOutcome {
    if (outcome === 'alone') lease.beginsNow();
    if (waitingSince === undefined) return outcome;
    const { counters, events, clock } = this.#parts;
    counters.leaseWaits++;
    const told = WAIT_OUTCOMES[outcome];
    if (told !== undefined && events.has('leaseWait')) {
      events.emit('leaseWait', { key, waitedMs: clock.now() - waitingSince, outcome: told });
    }
    return outcome;
  }
}

const WAIT_OUTCOMES: Record<ClaimOutcome, LeaseWaitOutcome | undefined> = {
  answered: 'answered',
  mine: 'inherited',
  alone: 'alone',
  left: undefined,
};

/** An invalidation has come: whoever wants what is being loaded from before it must not wait for that. */
export function releaseOutdated(held: ReadonlySet<FillLease>): void {
  for (const lease of held) if (!lease.admitsNewcomers) lease.ticket?.release();
}
