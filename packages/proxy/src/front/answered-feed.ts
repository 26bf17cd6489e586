import type { Decision, DecisionFeed } from '@cachewarp/admin';
import type { AnsweredRequest, RequestLog } from '@cachewarp/core';

/**
 * Passes on how requests were answered, to whoever listens for a while. It is a log only while somebody does: otherwise a hit is spared
 * the telling.
 */
export class AnsweredFeed implements DecisionFeed, RequestLog {
  readonly wantsHits = true;
  readonly #scheme: string;
  readonly #onChange: () => void;
  readonly #listeners = new Set<(decision: Decision) => void>();

  /** @param onChange - told when it begins or ceases to be a log */
  constructor(scheme: 'http' | 'https', onChange: () => void) {
    this.#scheme = scheme;
    this.#onChange = onChange;
  }

  subscribe(listener: (decision: Decision) => void): () => void {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#onChange();
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#onChange();
    };
  }

  /** These logs, and itself while somebody listens. */
  with(logs: readonly RequestLog[]): readonly RequestLog[] {
    return this.#listeners.size === 0 ? logs : [...logs, this];
  }

  answered(request: AnsweredRequest): void {
    const { method, authority, target, requestId, route, word, status, bytes, durationMs } = request;
    const reason = request.reason ?? request.fault;
    const url = `${this.#scheme}://${authority}${target}`;
    const told = { word, url, method, route, status, durationMs, bytes, requestId };
    const decision: Decision = reason === undefined ? told : { ...told, reason };
    for (const listener of this.#listeners) listener(decision);
  }
}
