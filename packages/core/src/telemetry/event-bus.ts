import type { CacheEventName, CacheEvents } from './events.js';

type Listener<E extends CacheEventName> = (event: CacheEvents[E]) => void;

/**
 * Hands events to listeners, synchronously. Whoever emits on a hot path asks {@link has} first, so that an event nobody
 * wants is not even built.
 */
export class EventBus {
  readonly #listeners = new Map<CacheEventName, Set<Listener<never>>>();
  #warned = false;

  /** @returns a function that takes the listener off again */
  on<E extends CacheEventName>(name: E, listener: Listener<E>): () => void {
    let listeners = this.#listeners.get(name);
    if (listeners === undefined) this.#listeners.set(name, (listeners = new Set()));
    listeners.add(listener);
    return () => this.off(name, listener);
  }

  off<E extends CacheEventName>(name: E, listener: Listener<E>): void {
    const listeners = this.#listeners.get(name);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.#listeners.delete(name);
  }

  /** Whether anybody listens to `name`. */
  has(name: CacheEventName): boolean {
    return this.#listeners.has(name);
  }

  emit<E extends CacheEventName>(name: E, event: CacheEvents[E]): void {
    const listeners = this.#listeners.get(name);
    if (listeners === undefined) return;
    for (const listener of listeners) {
      try {
        const answer: unknown = (listener as Listener<E>)(event);
        // An async listener is none that we ask for, but its rejection would end the process.
        if (answer instanceof Promise) answer.catch((error: unknown) => this.#warn(name, error));
      } catch (error) {
        this.#warn(name, error);
      }
    }
  }

  /** A listener's fault must not become the caller's: it is said once, and the cache goes on. */
  #warn(name: string, error: unknown): void {
    if (this.#warned) return;
    this.#warned = true;
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.emitWarning(`a listener of the cache event '${name}' threw: ${detail}`, { type: 'CacheWarpWarning' });
  }
}
