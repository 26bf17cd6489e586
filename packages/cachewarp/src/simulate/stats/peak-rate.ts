/** The most that came within one second. Times must not go back. */
export class PeakRate {
  #second = -1;
  #count = 0;
  #peak = 0;

  add(at: number): void {
    const second = Math.floor(at / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#count = 0;
    }
    if (++this.#count > this.#peak) this.#peak = this.#count;
  }

  get peak(): number {
    return this.#peak;
  }
}
