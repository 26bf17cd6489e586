import { InvalidOptionError, resolveAdaptive, type AdaptiveOptions, type AdaptiveSettings } from '@cachewarp/core';
import { normaliseContent } from './normalise-content.js';

/** How adaptive lifetimes of responses are chosen. */
export interface HttpAdaptiveOptions extends AdaptiveOptions {
  /**
   * What is done to a text before it is compared with the last one: `true` takes out nonces, CSRF tokens, dates and times; a function gets
   * the text and answers what counts. Where it is given, ETags do not count: they tell apart what is not to be.
   * @defaultValue false
   */
  normalise?: boolean | ((text: string) => string);
}

/** {@link HttpAdaptiveOptions}, checked. */
export interface HttpAdaptive {
  readonly settings: AdaptiveSettings;
  /** Whether the lifetime is chosen; else it is watched, in shadow mode. */
  readonly isOn: boolean;
  readonly normalise: ((text: string) => string) | undefined;
}

/**
 * Checks the options.
 * @param isOn - whether the lifetime is to be adaptive
 * @returns undefined when nothing is to be chosen or watched
 * @throws InvalidOptionError naming the faulty field and its value
 */
export function readHttpAdaptive(
  options: HttpAdaptiveOptions | undefined,
  isOn: boolean,
  field: string,
): HttpAdaptive | undefined {
  const settings = resolveAdaptive(options, undefined, field, ['normalise']);
  const { normalise = false } = options ?? {};
  if (typeof normalise !== 'boolean' && typeof normalise !== 'function') {
    throw new InvalidOptionError(`${field}.normalise`, 'must be true, false or a function', normalise);
  }
  if (isOn && settings.isShadow) {
    throw new InvalidOptionError(`${field}.shadow`, "needs a ttl of its own beside it, not 'adaptive'", true);
  }
  if (!isOn && !settings.isShadow) return undefined;
  return Object.freeze({ settings, isOn, normalise: readNormalise(normalise) });
}

function readNormalise(given: boolean | ((text: string) => string)): ((text: string) => string) | undefined {
  if (typeof given === 'function') return given;
  return given ? normaliseContent : undefined;
}

/** Whether a lifetime is chosen by what is seen of the response, or watched in shadow mode. */
export type AdaptiveUse = 'chosen' | 'watched' | 'no';
