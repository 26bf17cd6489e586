import { Readable } from 'node:stream';

/** Held for a reader that is slow; what comes beyond is left out, and the reader is told how much. */
const MAX_WAITING_BYTES = 512 * 1024;
/** A reader that has taken nothing for so many events is gone, or might as well be. */
const MAX_SKIPPED = 120;

/** One listener's server-sent events (WHATWG HTML, 9.2), as bytes to be piped to it. Bounded in what waits for a slow reader. */
export class EventStream extends Readable {
  #skipped = 0;

  constructor() {
    super({ highWaterMark: MAX_WAITING_BYTES });
  }

  /** Whether the last event was left out: what depends on the one before must be told anew. */
  get hasSkipped(): boolean {
    return this.#skipped > 0;
  }

  /** How long the reader is to wait before it comes again. */
  retry(ms: number): void {
    this.#write(`retry: ${ms}\n\n`);
  }

  /** @param id - what a reader that comes again says it has heard */
  tell(event: string, data: unknown, id?: string): void {
    // What is left out anyway is not worth being written: a history is long.
    if (this.#isFull()) return;
    // JSON has no line ends of its own, which would end the field.
    this.#write(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  #isFull(): boolean {
    if (this.readableLength < MAX_WAITING_BYTES) return false;
    if (++this.#skipped > MAX_SKIPPED) this.destroy();
    return true;
  }

  #write(text: string): void {
    if (this.destroyed || this.readableEnded) return;
    this.#skipped = 0;
    this.push(text);
  }

  override _read(): void {
    // Events come when they come.
  }
}
