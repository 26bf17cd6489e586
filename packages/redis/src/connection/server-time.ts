/** Differences below this are taken for none, in ms: clocks that are kept by NTP differ by less, and an answer takes a while. */
const TOLERANCE_MS = 50;

/**
 * How far the clock of Redis is ahead of this process's. Instants in Redis are in its own time, so that processes whose clocks differ see
 * the same ages. A whole number of ms, and changed only when it is off by more than the measurement may be: an entry that is written and
 * read has the same instants to the bit.
 */
export class ServerTime {
  #shiftMs = 0;

  /** What has to be added to this process's time. */
  get shiftMs(): number {
    return this.#shiftMs;
  }

  /** Takes in what Redis said between two instants of this process. */
  measured(serverMs: number, sentAt: number, heardAt: number): void {
    const shift = serverMs - (sentAt + heardAt) / 2;
    const doubt = TOLERANCE_MS + (heardAt - sentAt) / 2;
    if (Number.isFinite(shift) && Math.abs(shift - this.#shiftMs) > doubt) this.#shiftMs = Math.round(shift);
  }
}
