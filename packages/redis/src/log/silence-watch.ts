import type { Clock, Timer } from '@cachewarp/core';

/** What a watch stands on. */
export interface SilenceWatchParts {
  readonly clock: Clock;
  /** How long the log may be unheard, in ms. */
  readonly maxSilenceMs: number;
  readonly onChange: (isSilent: boolean) => void;
}

/** Notices when the log has not been heard for too long, and when it is heard again. Its timer does not keep the process alive. */
export class SilenceWatch {
  readonly #parts: SilenceWatchParts;
  #heardAt: number;
  #isSilent = false;
  #timer: Timer | undefined;

  constructor(parts: SilenceWatchParts) {
    this.#parts = parts;
    this.#heardAt = parts.clock.now();
    this.#look();
  }

  get isSilent(): boolean {
    return this.#isSilent;
  }

  /** Nothing was missing a moment ago. */
  heard(): void {
    this.#heardAt = this.#parts.clock.now();
    this.#set(false);
  }

  close(): void {
    this.#timer?.cancel();
  }

  #look(): void {
    const { clock, maxSilenceMs } = this.#parts;
    this.#timer = clock.setTimer(() => {
      if (clock.now() - this.#heardAt > maxSilenceMs) this.#set(true);
      this.#look();
    }, maxSilenceMs / 4);
  }

  #set(isSilent: boolean): void {
    if (isSilent === this.#isSilent) return;
    this.#isSilent = isSilent;
    this.#parts.onChange(isSilent);
  }
}
