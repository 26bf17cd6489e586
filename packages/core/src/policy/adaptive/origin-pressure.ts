/** How fast the latency of now is followed, and how fast what is usual. */
const NOW = 0.1;
const USUAL = 0.005;
/** Before this many loads nothing is usual. */
const LOADS_TO_KNOW = 100;
/** The alarm is on from twice the usual latency on, and off again below one and a half times. */
const ALARM_ON = 2;
const ALARM_OFF = 1.5;
const MOST = 4;

/**
 * How hard the origin is pressed, from the latency of its answers against what is usual: 1 as long as no alarm is on, else from 1 to 4.
 * While the alarm is on, what is usual is not learnt anew, or a long trouble would become the norm.
 */
export class OriginPressure {
  #nowMs = 0;
  #usualMs = 0;
  #loads = 0;
  #isAlarmOn = false;

  get isAlarmOn(): boolean {
    return this.#isAlarmOn;
  }

  /** 1 to 4. */
  get factor(): number {
    if (!this.#isAlarmOn) return 1;
    return Math.max(1, Math.min(MOST, this.#nowMs / this.#usualMs));
  }

  /** @param loadMs - how long the origin took */
  record(loadMs: number): void {
    if (!(loadMs >= 0) || loadMs === Infinity) return;
    this.#loads++;
    // At first both are plain means, so that the first load does not weigh more than the others.
    const young = 1 / this.#loads;
    this.#nowMs += Math.max(NOW, young) * (loadMs - this.#nowMs);
    if (!this.#isAlarmOn) this.#usualMs += Math.max(USUAL, young) * (loadMs - this.#usualMs);
    if (this.#loads < LOADS_TO_KNOW || this.#usualMs <= 0) return;
    const ratio = this.#nowMs / this.#usualMs;
    this.#isAlarmOn = this.#isAlarmOn ? ratio >= ALARM_OFF : ratio >= ALARM_ON;
  }
}
