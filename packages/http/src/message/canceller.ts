/** What is asked of a signal here. An AbortSignal is one. */
export interface CancelSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/**
 * Calls one request off. It is to AbortController and AbortSignal what a list of functions is to an event target: each request makes two, and
 * most are never used. Whoever needs the real signal gets it from {@link signal}.
 */
export class Canceller implements CancelSignal {
  aborted = false;
  reason: unknown = undefined;
  #listeners: (() => void)[] | undefined;
  #real: AbortController | undefined;

  /** The first call counts. */
  abort(reason: unknown = new DOMException('This operation was aborted', 'AbortError')): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    const listeners = this.#listeners;
    this.#listeners = undefined;
    this.#real?.abort(reason);
    if (listeners !== undefined) for (const listener of listeners) listener();
  }

  /** Each listener is called once at most; one that comes too late is not. */
  addEventListener(_: 'abort', listener: () => void): void {
    if (this.aborted) return;
    (this.#listeners ??= []).push(listener);
  }

  removeEventListener(_: 'abort', listener: () => void): void {
    const listeners = this.#listeners;
    const at = listeners?.indexOf(listener) ?? -1;
    if (at !== -1) listeners!.splice(at, 1);
  }

  /** The same as an AbortSignal, made when it is first asked for. */
  get signal(): AbortSignal {
    if (this.#real === undefined) {
      this.#real = new AbortController();
      if (this.aborted) this.#real.abort(this.reason);
    }
    return this.#real.signal;
  }
}

/** The AbortSignal that a signal stands for. */
export function abortSignalOf(cancel: CancelSignal): AbortSignal {
  if (cancel instanceof AbortSignal) return cancel;
  if (cancel instanceof Canceller) return cancel.signal;
  const controller = new AbortController();
  if (cancel.aborted) controller.abort(cancel.reason);
  else cancel.addEventListener('abort', () => controller.abort(cancel.reason), { once: true });
  return controller.signal;
}
