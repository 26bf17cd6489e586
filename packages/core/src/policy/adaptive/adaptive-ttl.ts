import { AdaptiveClasses, type AdaptiveClass } from './adaptive-class.js';
import type { AdaptiveSettings } from './adaptive-options.js';
import { bestTtl } from './best-ttl.js';
import type { TtlBounds } from './content-type-bounds.js';
import { changesSeen, firstLook, recordLook, type Look, type ObjectHistory } from './object-history.js';
import { outdatedAnswers } from './outdated-answers.js';
import { RecentMap } from './recent-map.js';

/** One answer of the origin, or one load, as the rule wants to know it. */
export interface Contact {
  readonly key: string;
  /** The rule it falls under: the class, where the settings name none. */
  readonly ruleName: string;
  readonly settings: AdaptiveSettings;
  /** Empty: unknown. */
  readonly contentType: string;
  /** When the origin answered, in ms. */
  readonly at: number;
  /**
   * What tells two contents apart: an ETag, or a strong hash. The word `same` when the origin confirmed what was kept (304). `undefined` when it
   * cannot be told: then nothing is learnt.
   */
  readonly content: string | undefined;
  /** Answers from what is kept now, since the last contact; those that {@link AdaptiveTtl.noteDrop} told of are known. */
  readonly hits: number;
  /** When the object changed last, in ms, where the origin says so. Counts at the first contact only. */
  readonly lastModifiedAt: number | undefined;
  /** How long the origin took, in ms. */
  readonly loadMs: number;
}

/** What is to be done with the answer. */
export interface Advice {
  /** `keep` it for the ttl; `pass`: it changes faster than it can be kept, and is not worth keeping for now. */
  readonly word: 'keep' | 'pass';
  readonly ttlMs: number;
}

/** Why an object's ttl is what it is. Times in seconds, rates a second. */
export interface AdaptiveReport {
  /** The rule and the content type that the object is pooled with. */
  readonly class: string;
  readonly contentType: string;
  readonly staleBudget: number;
  /** X: changes seen, the old ones fading. */
  readonly changes: number;
  /** E: how long the object was watched for them. */
  readonly watchedSeconds: number;
  /** λ. */
  readonly changeRate: number;
  /** r. */
  readonly requestRate: number;
  /** μ: what one outdated answer is worth, in requests to the origin; pressure taken off. */
  readonly price: number;
  /** 1 to 4; above 1 while the origin is in trouble and the rule heeds it. */
  readonly pressure: number;
  /** The measured share of outdated answers of the rule; `undefined` before 500 contacts. */
  readonly staleShare: number | undefined;
  readonly minSeconds: number;
  readonly maxSeconds: number;
  /** The ttl that was chosen, or in shadow mode would have been. */
  readonly ttlSeconds: number;
  /** Whether it is advice only. */
  readonly isShadow: boolean;
  /** Not kept until then (ms since the epoch), because it changed at every look; `undefined` when it is kept. */
  readonly passesUntil: number | undefined;
}

interface Remembered {
  readonly history: ObjectHistory;
  content: string | undefined;
  ruleName: string;
  contentType: string;
  group: AdaptiveClass;
  settings: AdaptiveSettings;
  bounds: TtlBounds;
  /** The ttl last chosen, before it was cut short for a look. */
  ttlS: number;
  /** For how long it was kept. */
  keptS: number;
  /** Answers from what was dropped since the last contact. */
  droppedHits: number;
  /** Whether it was invalidated since then: somebody knew of a change. */
  wasPurged: boolean;
}

/** What an {@link AdaptiveTtl} stands on. */
export interface AdaptiveParts {
  /** A number from 0 to 1. */
  readonly random: () => number;
  /** Objects remembered; those not asked for at the origin for longest are forgotten. @defaultValue 50,000 */
  readonly maxObjects?: number;
}

const MAX_OBJECTS = 50_000;
/** One ttl in fifty is cut short at a random point, and the hit that comes next is fetched anew. */
const LOOK_SHARE = 0.02;
/** Cutting a ttl of less than this many times the minimum would say little. */
const CUTTABLE = 4;
const JITTER = 0.1;
/** So many changes in a row at the minimum, and the object is not kept for a while. */
const RESTLESS = 5;
const LONGER = -1;
const CUT_SHORT = -2;
/** The while: as long as ten times the minimum, within what an HTTP cache remembers of uncacheable answers. */
const PASS_TIMES_MIN = 10;
const LEAST_PASS_MS = 10_000;
const MOST_PASS_MS = 120_000;
const MAX_PASSING = 10_000;

/**
 * Chooses ttls from what is seen of each object: how often it changes (λ), how often it is asked for (r), and what an outdated answer may
 * cost (μ), so that the origin is asked least while the share of outdated answers stays within a budget.
 *
 * It is told of every contact with the origin and of nothing else; a hit costs nothing here. Its work at a contact is of one size, and it
 * remembers six numbers an object, of a bounded number of objects. They are kept here and not beside the entry, because they must outlive
 * it: an object that was invalidated, evicted or not kept is the one whose changes matter.
 *
 * To know the true share of outdated answers, a few hits must be fetched anew. They are drawn when the answer is kept: one ttl in fifty is
 * cut short at a random point, so that the hit which comes next is a look at the origin.
 *
 * Theory: the cost of a ttl as in {@link bestTtl}; the rate of change from irregular looks after Cho and Garcia-Molina (2003).
 */
export class AdaptiveTtl {
  readonly #random: () => number;
  readonly #objects: RecentMap<Remembered>;
  readonly #classes = new AdaptiveClasses();
  /** Until when (ms) objects are not kept. Few are. */
  readonly #passing = new RecentMap<number>(MAX_PASSING);

  constructor({ random, maxObjects = MAX_OBJECTS }: AdaptiveParts) {
    this.#random = random;
    this.#objects = new RecentMap(maxObjects);
  }

  /** Learns from an answer of the origin, and says for how long it is to be kept. */
  contact(contact: Contact): Advice {
    const object = this.#meet(contact);
    const { settings, key, at } = contact;
    object.ttlS = object.keptS = this.#choose(object);
    if (settings.isShadow) return { word: 'keep', ttlMs: object.ttlS * 1000 };
    const isPassing = this.#passesUntil(key, object, at) !== undefined;
    object.keptS = isPassing ? 0 : this.#cutShort(object);
    return { word: isPassing ? 'pass' : 'keep', ttlMs: object.keptS * 1000 };
  }

  /** What was kept of an object is gone, and with it the count of its answers. @param isPurge - because somebody invalidated it */
  noteDrop(key: string, hits: number, isPurge: boolean): void {
    const object = this.#objects.get(key);
    // Where nothing was kept, or all of it was counted already, nothing is lost and nobody was told of a change.
    if (object === undefined || object.keptS === 0) return;
    object.droppedHits += hits;
    object.wasPurged ||= isPurge;
  }

  /** What is known of an object; `undefined` when it was not met, or forgotten. @param now - in ms */
  report(key: string, now: number): AdaptiveReport | undefined {
    const object = this.#objects.get(key);
    if (object === undefined) return undefined;
    const { history, group, settings, bounds } = object;
    const passesUntil = this.#passing.get(key);
    return {
      class: group.rule.name,
      contentType: group.contentType,
      staleBudget: group.rule.staleBudget,
      changes: history.changes,
      watchedSeconds: history.watchedS,
      changeRate: group.means.changeRateOf(history),
      requestRate: group.means.requestRateOf(history),
      price: priceFor(object),
      pressure: pressureOn(object),
      staleShare: group.rule.price.measuredShare,
      minSeconds: bounds.minMs / 1000,
      maxSeconds: bounds.maxMs / 1000,
      ttlSeconds: object.ttlS,
      isShadow: settings.isShadow,
      passesUntil: passesUntil !== undefined && passesUntil > now ? passesUntil : undefined,
    };
  }

  /** Brings what is remembered of the object up to this contact. */
  #meet(contact: Contact): Remembered {
    const { key, ruleName, settings, contentType, at, content, lastModifiedAt } = contact;
    const known = this.#objects.get(key);
    const isAsBefore = known?.settings === settings && known.contentType === contentType && known.ruleName === ruleName;
    const group = isAsBefore ? known.group : this.#classes.of(ruleName, settings, contentType);
    const bounds = isAsBefore ? known.bounds : group.bounds;
    if (settings.heedsPressure) group.rule.pressure.record(contact.loadMs);
    if (known === undefined) {
      const quietS = lastModifiedAt === undefined ? undefined : (at - lastModifiedAt) / 1000;
      const history = firstLook(at / 1000, quietS);
      const object: Remembered = {
        history,
        content: content === 'same' ? undefined : content,
        ruleName,
        contentType,
        group,
        settings,
        bounds,
        ttlS: 0,
        keptS: 0,
        droppedHits: 0,
        wasPurged: false,
      };
      this.#objects.set(key, object);
      return object;
    }
    if (!isAsBefore) Object.assign(known, { ruleName, contentType, group, settings, bounds });
    this.#learn(known, contact);
    known.droppedHits = 0;
    known.wasPurged = false;
    this.#objects.set(key, known);
    return known;
  }

  #learn(object: Remembered, contact: Contact): void {
    const { history, group, wasPurged } = object;
    const { content } = contact;
    const hits = contact.hits + object.droppedHits;
    const gapS = contact.at / 1000 - history.contactedAt;
    const isComparable = content === 'same' || (content !== undefined && object.content !== undefined);
    // A clock that went backwards, or a content that cannot be compared, teaches nothing; but from here on it can be.
    const isLook = gapS >= 0 && (isComparable || wasPurged);
    const hasChanged = wasPurged || (content !== 'same' && content !== object.content);
    if (content !== 'same') object.content = content;
    if (!isLook) {
      history.contactedAt = contact.at / 1000;
      return;
    }
    const look = { gapS, hits, hasChanged };
    const changes = changesSeen(group.means.changeRateOf(history), look);
    const cycle = { fullTtlS: object.ttlS, wasCutShort: history.restless === CUT_SHORT };
    if (history.restless >= 0) history.restless = hasChanged ? history.restless + 1 : 0;
    recordLook(history, look, changes);
    group.means.record(look, changes);
    // An invalidation put an end to the old content when it was given up: nobody got it afterwards.
    this.#measure(object, { ...look, hasChanged: hasChanged && !wasPurged }, cycle);
  }

  /** Measures the share of outdated answers. The price follows it, unless it is not the price that made the ttls. */
  #measure(object: Remembered, look: Look, cycle: { fullTtlS: number; wasCutShort: boolean }): void {
    const { history, group, settings, bounds } = object;
    const { price } = group.rule;
    const { gapS, hits, hasChanged } = look;
    const rate = group.means.changeRateOf(history);
    const served = { answers: hits + 1, outdated: hasChanged ? outdatedAnswers(hits, object.keptS, gapS, rate) : 0 };
    price.record(served, settings.isShadow || pressureOn(object) > 1);
    if (!canBeCut(cycle.fullTtlS, bounds)) return;
    if (!cycle.wasCutShort) return price.recordWait(served);
    // A look that came when the whole ttl would have been over did not take the place of a hit.
    if (gapS > cycle.fullTtlS) return;
    const answers = group.means.requestRateOf(history) * cycle.fullTtlS;
    price.recordLook({ answers: answers + 1, outdated: hasChanged ? answers : 0 });
  }

  /** The ttl in s, within the bounds. Objects that were fetched together do not all end together. */
  #choose(object: Remembered): number {
    const { history, group, bounds } = object;
    const minS = bounds.minMs / 1000;
    const changeRate = group.means.changeRateOf(history);
    const requestRate = group.means.requestRateOf(history);
    const wanted = bestTtl({ changeRate, requestRate, price: priceFor(object) });
    history.restless = wanted > minS ? LONGER : Math.max(0, history.restless);
    const bounded = Math.min(wanted, bounds.maxMs / 1000);
    return Math.max(minS, bounded * (1 - JITTER * this.#random()));
  }

  /** Mostly the ttl that was chosen; one in fifty ends at a random point before it. */
  #cutShort({ history, bounds, ttlS }: Remembered): number {
    if (!canBeCut(ttlS, bounds) || this.#random() < 1 - LOOK_SHARE) return ttlS;
    history.restless = CUT_SHORT;
    return Math.max(bounds.minMs / 1000, ttlS * this.#random());
  }

  /** Until when (ms) the object is not kept, if it changed at every look although its ttl could not be shorter. */
  #passesUntil(key: string, { history, bounds }: Remembered, now: number): number | undefined {
    const running = this.#passing.get(key);
    if (running !== undefined) {
      if (now < running) return running;
      // It gets another chance.
      this.#passing.delete(key);
      history.restless = Math.min(0, history.restless);
    }
    if (history.restless < RESTLESS) return undefined;
    const passMs = Math.max(LEAST_PASS_MS, Math.min(MOST_PASS_MS, PASS_TIMES_MIN * bounds.minMs));
    this.#passing.set(key, now + passMs);
    return now + passMs;
  }
}

function canBeCut(ttlS: number, { minMs }: TtlBounds): boolean {
  return ttlS * 1000 > CUTTABLE * minMs;
}

/** 1 where the rule does not heed it. */
function pressureOn({ settings, group }: Remembered): number {
  return settings.heedsPressure ? group.rule.pressure.factor : 1;
}

/** μ. An origin in trouble makes its requests dearer, which is to say outdated answers cheaper. */
function priceFor(object: Remembered): number {
  return object.group.rule.price.price / pressureOn(object);
}
