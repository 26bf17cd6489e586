import { ApiError, type AdminClient } from './admin-client.js';

/** How the feed is: it hears, it tries again at an instant, or it was refused and tries again when told to. */
export type FeedState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  | { readonly kind: 'waiting'; readonly until: number; readonly why: string }
  | { readonly kind: 'refused'; readonly why: string };

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;
/** A frame comes every second: silence for so long is a connection that is gone without a word. */
const SILENCE_MS = 8_000;

/**
 * Hears the server-sent events of the admin API, and comes again when the connection ends. The browser's own EventSource can send no
 * token.
 */
export class EventFeed {
  readonly #client: AdminClient;
  readonly #onEvent: (event: string, data: unknown) => void;
  readonly #onState: (state: FeedState) => void;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: {
    client: AdminClient;
    onEvent: (event: string, data: unknown) => void;
    onState: (state: FeedState) => void;
  }) {
    this.#client = parts.client;
    this.#onEvent = parts.onEvent;
    this.#onState = parts.onState;
  }

  /** Connects now, whatever it is waiting for. */
  connect(): void {
    clearTimeout(this.#timer);
    void this.#hear();
  }

  /** Never rejects: how it ends is a state. */
  async #hear(): Promise<void> {
    this.#onState({ kind: 'connecting' });
    const controller = new AbortController();
    let watch: ReturnType<typeof setTimeout> | undefined;
    const heard = (): void => {
      clearTimeout(watch);
      watch = setTimeout(() => controller.abort(), SILENCE_MS);
    };
    try {
      const response = await this.#client.request('events', '', { signal: controller.signal });
      this.#onState({ kind: 'live' });
      heard();
      await this.#read(response.body!, heard);
      this.#comeAgain('the connection ended');
    } catch (error) {
      if (error instanceof ApiError && error.status < 500 && error.status !== 429) {
        this.#onState({ kind: 'refused', why: error.message });
      } else this.#comeAgain(error instanceof ApiError ? error.message : 'the admin API does not answer');
    } finally {
      clearTimeout(watch);
    }
  }

  async #read(body: ReadableStream<Uint8Array>, heard: () => void): Promise<void> {
    const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
    let text = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      heard();
      text += value;
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) this.#tell(block);
    }
  }

  #tell(block: string): void {
    const lines = block.split('\n');
    const event = lines.find((line) => line.startsWith('event: '))?.slice(7);
    const data = lines.find((line) => line.startsWith('data: '))?.slice(6);
    if (event === undefined || data === undefined) return;
    this.#failures = 0;
    this.#onEvent(event, JSON.parse(data));
  }

  #comeAgain(why: string): void {
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures++);
    this.#onState({ kind: 'waiting', until: Date.now() + pauseMs, why });
    this.#timer = setTimeout(() => this.connect(), pauseMs);
  }
}
