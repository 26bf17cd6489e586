import type { Look, ObjectHistory } from './object-history.js';

/** What a class knows before it has seen anything: one change an hour, one request a minute. */
const FIRST_INTERVAL_S = 3600;
const FIRST_REQUEST_GAP_S = 60;
/** One look in a thousand replaces one: what a class was like long ago does not count for ever. */
const FADING = 0.999;
/** a: how many changes the class's mean counts for in the estimate of one object. */
const WEIGHT_OF_CLASS = 0.3;
const REQUESTS_OF_CLASS = 0.5;

/**
 * The means of all objects of one class (rule and content type), kept as looks come in. They stand in for what is not known yet of an
 * object: the fewer looks it has had, the more. Most objects of most sites are young.
 */
export class ClassMeans {
  #changes = 0;
  #watchedS = 0;
  #requests = 0;
  #requestedS = 0;

  /** E0: seconds between two changes of an object of this class. Above 0. */
  get changeIntervalS(): number {
    return (this.#watchedS + FIRST_INTERVAL_S) / (this.#changes + 1);
  }

  /** r0: requests a second of an object of this class. Above 0. */
  get requestRate(): number {
    return (this.#requests + 1) / (this.#requestedS + FIRST_REQUEST_GAP_S);
  }

  /** λ: changes a second of an object, from its own looks and those of its class. Above 0. */
  changeRateOf({ changes, watchedS }: ObjectHistory): number {
    return (changes + WEIGHT_OF_CLASS) / (watchedS + WEIGHT_OF_CLASS * this.changeIntervalS);
  }

  /** r: requests a second of an object. Above 0. */
  requestRateOf({ requests, requestedS }: ObjectHistory): number {
    return (requests + REQUESTS_OF_CLASS) / (requestedS + REQUESTS_OF_CLASS / this.requestRate);
  }

  /** @param changes - what the look was worth in changes */
  record({ gapS, hits }: Look, changes: number): void {
    this.#changes = FADING * this.#changes + changes;
    this.#watchedS = FADING * this.#watchedS + gapS;
    this.#requests = FADING * this.#requests + hits + 1;
    this.#requestedS = FADING * this.#requestedS + gapS;
  }
}
