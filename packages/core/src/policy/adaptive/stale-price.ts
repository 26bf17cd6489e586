/** Answers of some time, and how many of them were out of date. */
export interface Served {
  readonly answers: number;
  readonly outdated: number;
}

/** The price starts at this, divided by the budget. */
const FIRST_PRICE_TIMES_BUDGET = 0.1;
const LOOKS_A_STEP = 500;
const GAIN = 0.4;
const LARGEST_STEP = 0.3;
/** Aimed below the budget, because the measure lags behind. */
const AIM = 0.8;
/** The samples count for half once they have shown this many changes. */
const SAMPLES_FOR_HALF = 50;
const SAMPLE_FADING = 0.999;
const MOST_CORRECTION = 2;

/**
 * μ, the price of an outdated answer in requests to the origin: the one number that all objects under one stale budget share. Where more
 * answers than the budget allows were out of date, it rises and every ttl gets shorter; where fewer, it falls.
 *
 * It keeps within a tenth and ten times of where it began, and an outdated answer is never worth less than one request to the origin:
 * without that floor, objects that are never seen changing pull it down until a change is noticed by nobody.
 */
export class StalePrice {
  readonly #aim: number;
  readonly #least: number;
  readonly #most: number;
  #price: number;
  #looks = 0;
  #answers = 0;
  #outdated = 0;
  #lastShare: number | undefined;
  readonly #waited = { outdated: 0, answers: 0 };
  readonly #looked = { outdated: 0, answers: 0, changes: 0 };

  /** @param budget - share of answers that may be out of date, above 0 and below 1 */
  constructor(budget: number) {
    this.#price = FIRST_PRICE_TIMES_BUDGET / budget;
    this.#aim = AIM * budget;
    this.#least = Math.max(1, this.#price / 10);
    this.#most = Math.max(this.#least, this.#price * 10);
    this.#price = Math.max(this.#least, this.#price);
  }

  get price(): number {
    return this.#price;
  }

  /** The share of outdated answers over the last 500 looks, corrected by the samples; `undefined` before there were as many. */
  get measuredShare(): number | undefined {
    return this.#lastShare;
  }

  /**
   * Counts what was served between two looks, and takes a step after each 500.
   * @param served - the outdated estimated from what the look found
   * @param isHeld - the price stays as it is: something else than the budget decides for now
   */
  record({ answers, outdated }: Served, isHeld = false): void {
    this.#answers += answers;
    this.#outdated += outdated;
    if (++this.#looks < LOOKS_A_STEP) return;
    this.#lastShare = (this.#outdated / this.#answers) * this.#correction();
    if (!isHeld) this.#step(this.#lastShare);
    this.#looks = this.#answers = this.#outdated = 0;
  }

  /**
   * Counts a time that was cut short at a random point to fetch a hit anew. All answers of the whole time count as that hit: outdated or not.
   */
  recordLook({ answers, outdated }: Served): void {
    const looked = this.#looked;
    looked.answers = SAMPLE_FADING * looked.answers + answers;
    looked.outdated = SAMPLE_FADING * looked.outdated + outdated;
    looked.changes = SAMPLE_FADING * looked.changes + (outdated > 0 ? 1 : 0);
  }

  /** Counts a time that could have been cut short and was not, and its estimate: what the looks are compared with. */
  recordWait({ answers, outdated }: Served): void {
    const waited = this.#waited;
    waited.answers = SAMPLE_FADING * waited.answers + answers;
    waited.outdated = SAMPLE_FADING * waited.outdated + outdated;
  }

  #step(share: number): void {
    const wanted = share === 0 ? -LARGEST_STEP : GAIN * Math.log(share / this.#aim);
    const next = this.#price * Math.exp(Math.max(-LARGEST_STEP, Math.min(LARGEST_STEP, wanted)));
    this.#price = Math.max(this.#least, Math.min(this.#most, next));
  }

  /** How much more, or less, was seen out of date than was estimated; believed the more, the more was seen. */
  #correction(): number {
    const { changes } = this.#looked;
    const seen = this.#looked.outdated / this.#looked.answers;
    const estimated = this.#waited.outdated / this.#waited.answers;
    if (!(seen > 0) || !(estimated > 0)) return 1;
    const correction = (seen / estimated) ** (changes / (changes + SAMPLES_FOR_HALF));
    return Math.max(1 / MOST_CORRECTION, Math.min(MOST_CORRECTION, correction));
  }
}
