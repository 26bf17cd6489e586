import type { Decision, DecisionFeed } from '@cachewarp/admin';
import type { AnsweredRequest } from './request-handler.js';

/** Passes on how requests were answered, to whoever listens for a while: without listeners there is nothing to call. */
export class AnsweredFeed implements DecisionFeed {
  /** Told of every request, whether somebody listens or not. */
  always: ((request: AnsweredRequest) => void) | undefined;
  readonly #scheme: string;
  readonly #listeners = new Set<(decision: Decision) => void>();

  constructor(scheme: 'http' | 'https', always: ((request: AnsweredRequest) => void) | undefined) {
    this.#scheme = scheme;
    this.always = always;
  }

  subscribe(listener: (decision: Decision) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What is to be told of each request; undefined while nobody wants to hear. */
  get onAnswered(): ((request: AnsweredRequest) => void) | undefined {
    return this.#listeners.size === 0 ? this.always : this.#tell;
  }

  readonly #tell = (request: AnsweredRequest): void => {
    const { method, authority, target, requestId, route, word, status, bytes, durationMs, fault } = request;
    const decision: Decision = {
      word,
      url: `${this.#scheme}://${authority}${target}`,
      method,
      route,
      status,
      durationMs,
      bytes,
      ...(fault !== undefined && { reason: fault }),
      ...(requestId !== undefined && { requestId }),
    };
    for (const listener of this.#listeners) listener(decision);
    this.always?.(request);
  };
}
