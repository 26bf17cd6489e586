import type { Clock, Timer } from '@cachewarp/core';
import type { Frame, HappeningsEvent, Rankings, ServerState } from '../message/admin-answers.js';
import { EventStream } from './event-stream.js';
import type { Samples } from './samples-of.js';

/** What a hub tells its listeners. */
export interface HubSource {
  /** Every metric now. */
  samples(): Promise<Samples>;
  /** What happened since the last call: told as events `happenings` when there is something. */
  happenings(): Promise<HappeningsEvent | undefined>;
  /** Rankings of keys, told as event `top`. */
  top(): Promise<Rankings>;
  /** The state of this process, told first and whenever it changes. */
  state(): ServerState;
}

/** Between two frames. */
const TICK_MS = 1_000;
/** Rankings look at every entry: not with every frame. */
const TICKS_PER_TOP = 5;
/** Frames kept for whoever comes later: a quarter of an hour. */
const HISTORY = 900;
/** Recording goes on so long after the last listener left, so that a page that is loaded again has its history. */
const LINGER_TICKS = 600;
const RETRY_MS = 2_000;

/**
 * Feeds listeners of `GET /events`: once a second the metrics that changed, what happened since, and now and then the rankings. All
 * listeners share one reading. Without listeners nothing is read, but for some minutes after the last one left.
 */
export class EventHub {
  readonly #source: HubSource;
  readonly #clock: Clock;
  readonly #maxListeners: number;
  readonly #onError: (error: unknown) => void;
  readonly #streams = new Set<EventStream>();
  /** The values before the first frame of the history. */
  #base = new Map<string, number>();
  #history: Frame[] = [];
  #current = new Map<string, number>();
  #top: Rankings | undefined;
  #state = '';
  #ticks = 0;
  #idleTicks = 0;
  #timer: Timer | undefined;
  #isTicking = false;
  #isClosed = false;

  constructor(parts: { source: HubSource; clock: Clock; maxListeners: number; onError: (error: unknown) => void }) {
    this.#source = parts.source;
    this.#clock = parts.clock;
    this.#maxListeners = parts.maxListeners;
    this.#onError = parts.onError;
  }

  get isFull(): boolean {
    return this.#streams.size >= this.#maxListeners;
  }

  /** A new listener: it gets the state, the history, and from then on what comes. */
  open(): EventStream {
    const stream = new EventStream();
    this.#streams.add(stream);
    stream.once('close', () => this.#streams.delete(stream));
    stream.retry(RETRY_MS);
    const state = this.#source.state();
    this.#state = JSON.stringify(state);
    stream.tell('state', state);
    this.#tellAll(stream);
    if (this.#top !== undefined) stream.tell('top', this.#top);
    this.#idleTicks = 0;
    if (this.#timer === undefined && !this.#isClosed) void this.#tick();
    return stream;
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    for (const stream of this.#streams) stream.push(null);
    this.#streams.clear();
  }

  /** Everything from the beginning of the history. */
  #tellAll(stream: EventStream): void {
    const frames: readonly Frame[] = [
      { at: this.#history[0]?.at ?? null, samples: Object.fromEntries(this.#base) },
      ...this.#history,
    ];
    stream.tell('history', frames);
  }

  /** Never rejects. */
  async #tick(): Promise<void> {
    if (this.#isTicking) return;
    this.#isTicking = true;
    try {
      await this.#tell();
    } catch (error) {
      // A reading that failed is a gap in the charts; the next one may succeed.
      this.#onError(error);
    }
    this.#isTicking = false;
    this.#idleTicks = this.#streams.size === 0 ? this.#idleTicks + 1 : 0;
    if (this.#isClosed) return;
    if (this.#idleTicks < LINGER_TICKS) {
      this.#timer = this.#clock.setTimer(() => void this.#tick(), TICK_MS);
      return;
    }
    this.#timer = undefined;
    this.#history = [];
    this.#base = new Map();
    this.#current = new Map();
  }

  async #tell(): Promise<void> {
    const samples = await this.#source.samples();
    const frame = this.#keep(samples);
    const state = JSON.stringify(this.#source.state());
    const hasNewState = state !== this.#state;
    this.#state = state;
    const isWatched = this.#streams.size > 0;
    const happened = isWatched ? await this.#source.happenings() : undefined;
    const hasNewTop = isWatched && this.#ticks++ % TICKS_PER_TOP === 0;
    if (hasNewTop) this.#top = await this.#source.top();
    for (const stream of this.#streams) {
      if (hasNewState) stream.tell('state', this.#source.state());
      if (stream.hasSkipped) {
        this.#tellAll(stream);
        continue;
      }
      stream.tell('frame', frame, String(frame.at));
      if (happened !== undefined && (happened.happenings.length > 0 || happened.skipped > 0)) {
        stream.tell('happenings', happened);
      }
      if (hasNewTop) stream.tell('top', this.#top);
    }
  }

  /** What changed since the last frame. */
  #keep(samples: Samples): Frame {
    const changed: Record<string, number> = {};
    for (const [series, value] of samples) {
      if (this.#current.get(series) !== value) changed[series] = value;
    }
    this.#current = new Map(samples);
    const frame = { at: Math.round(this.#clock.now()), samples: changed };
    this.#history.push(frame);
    if (this.#history.length > HISTORY) {
      const [oldest] = this.#history.splice(0, 1);
      for (const [series, value] of Object.entries(oldest!.samples)) this.#base.set(series, value);
    }
    return frame;
  }
}
