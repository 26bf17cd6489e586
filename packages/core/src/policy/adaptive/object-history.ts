/**
 * What is remembered of one object: six numbers, whatever happens to it. Times in seconds, as everywhere in this folder: rates are
 * per second.
 */
export interface ObjectHistory {
  /** X: changes seen, several between two looks estimated; the old ones fade. */
  changes: number;
  /** E: seconds during which those changes were counted. */
  watchedS: number;
  /** H: requests, the old ones fading. */
  requests: number;
  /** D: seconds during which those requests were counted. */
  requestedS: number;
  /** When the origin was last asked, in s. */
  contactedAt: number;
  /** Changes in a row while the ttl was the least that is allowed; below 0 while it is longer. */
  restless: number;
}

/** What the origin's answer said after a time of silence. */
export interface Look {
  /** g: seconds since the origin was last asked. */
  readonly gapS: number;
  /** h: requests answered from the cache since then. */
  readonly hits: number;
  readonly hasChanged: boolean;
}

/** More changes than this between two looks are not believed. */
const MOST_CHANGES_A_LOOK = 8;
/** With more changes on record than this, old ones fade, so that an object may change its ways. */
const FULL_RECORD = 8;
const FADING = 0.9;
const REQUEST_FADING = 0.7;

/**
 * The history of an object that is met for the first time. An origin that says when it changed last has shown one change and the
 * quiet since. Last-Modified is no evidence after that: only whether the object differs from the last one counts.
 * @param quietS - seconds since the last change, where the origin tells
 */
export function firstLook(nowS: number, quietS: number | undefined): ObjectHistory {
  const isTold = quietS !== undefined && Number.isFinite(quietS);
  return {
    changes: isTold ? 1 : 0,
    watchedS: isTold ? Math.max(0, quietS) : 0,
    requests: 0,
    requestedS: 0,
    contactedAt: nowS,
    restless: -1,
  };
}

/**
 * How many changes a look that found one stands for: at rate λ over a gap g, with y = λg, y / (1 − e^−y) of them are expected where at
 * least one is certain (Cho and Garcia-Molina, Estimating frequency of change, ACM TOIT 2003).
 */
export function changesSeen(rate: number, { gapS, hasChanged }: Look): number {
  if (!hasChanged) return 0;
  const expected = rate * gapS;
  if (expected < 1e-6) return 1;
  return Math.min(MOST_CHANGES_A_LOOK, expected / -Math.expm1(-expected));
}

/** Writes a look into the history. @param changes - what {@link changesSeen} made of it */
export function recordLook(history: ObjectHistory, look: Look, changes: number): void {
  if (history.changes > FULL_RECORD) {
    history.changes *= FADING;
    history.watchedS *= FADING;
  }
  history.changes += changes;
  history.watchedS += look.gapS;
  history.requests = REQUEST_FADING * history.requests + look.hits + 1;
  history.requestedS = REQUEST_FADING * history.requestedS + look.gapS;
  history.contactedAt += look.gapS;
}
