import { assertKnownOptions, assertNumber, assertObject, assertText } from '../../base/assert.js';
import { parseDuration, type Duration } from '../../base/duration.js';
import { InvalidOptionError } from '../../base/errors.js';

/** How an adaptive ttl is chosen. Every option has a default. */
export interface AdaptiveOptions {
  /** The share of answers that may already be outdated. Above 0, at most 0.5. @defaultValue 0.02 */
  staleBudget?: number;
  /** The least ttl. Above 0. @defaultValue by content type: 60 s for style sheets, scripts, fonts and images, else 1 s */
  min?: Duration;
  /**
   * The greatest ttl, not below `min`.
   * @defaultValue by content type: HTML 10 min, JSON 5 min, style sheets, scripts, fonts and images 7 d, else 1 h
   */
  max?: Duration;
  /**
   * Objects of one class stand in for each other while little is known of one, and keep the budget together. 1 to 256 characters.
   * @defaultValue decorated methods: the family of the key; the proxy: the rule
   */
  class?: string;
  /** Works out what the ttl would be, and reports it, while the ttl given holds. @defaultValue false */
  shadow?: boolean;
  /**
   * Lets outdated answers cost less while the origin takes more than twice as long as usual, up to four times: ttls grow, and the budget
   * is not kept meanwhile.
   * @defaultValue false
   */
  pressure?: boolean;
}

/** {@link AdaptiveOptions}, checked. Frozen. */
export interface AdaptiveSettings {
  readonly staleBudget: number;
  /** In ms; `undefined`: by content type. */
  readonly minMs: number | undefined;
  readonly maxMs: number | undefined;
  /** `undefined`: chosen by whoever asks for a ttl. */
  readonly className: string | undefined;
  readonly isShadow: boolean;
  readonly heedsPressure: boolean;
}

const ADAPTIVE_OPTIONS = [
  'staleBudget',
  'min',
  'max',
  'class',
  'shadow',
  'pressure',
] as const satisfies readonly (keyof AdaptiveOptions)[];

/** The defaults, in one place. */
export const DEFAULT_ADAPTIVE: AdaptiveSettings = Object.freeze({
  staleBudget: 0.02,
  minMs: undefined,
  maxMs: undefined,
  className: undefined,
  isShadow: false,
  heedsPressure: false,
});

const LARGEST_BUDGET = 0.5;
const LONGEST_CLASS = 256;

/**
 * Checks the options and lays them over `base`.
 * @param field - where they stand, for messages: `adaptive`, `rules[2].cache.adaptive`, …
 * @param extra - names that the caller accepts beside them and reads itself
 * @throws InvalidOptionError naming the first faulty field and its value
 */
export function resolveAdaptive(
  options: AdaptiveOptions | undefined,
  base: AdaptiveSettings = DEFAULT_ADAPTIVE,
  field = 'adaptive',
  extra: readonly string[] = [],
): AdaptiveSettings {
  if (options === undefined) return base;
  assertObject(field, options);
  assertKnownOptions(field, options, [...ADAPTIVE_OPTIONS, ...extra]);
  const { staleBudget, min, max, class: className, shadow, pressure } = options as AdaptiveOptions;
  if (staleBudget !== undefined) assertBudget(`${field}.staleBudget`, staleBudget);
  if (className !== undefined) assertText(`${field}.class`, className, LONGEST_CLASS);
  const minMs = min === undefined ? base.minMs : parseFinite(`${field}.min`, min);
  const maxMs = max === undefined ? base.maxMs : parseFinite(`${field}.max`, max);
  if (minMs !== undefined && maxMs !== undefined && minMs > maxMs) {
    throw new InvalidOptionError(
      max === undefined ? `${field}.min` : `${field}.max`,
      max === undefined ? `must not be above max (${maxMs} ms)` : `must not be below min (${minMs} ms)`,
      max ?? min,
    );
  }
  return Object.freeze({
    staleBudget: staleBudget ?? base.staleBudget,
    minMs,
    maxMs,
    className: className ?? base.className,
    isShadow: readSwitch(`${field}.shadow`, shadow) ?? base.isShadow,
    heedsPressure: readSwitch(`${field}.pressure`, pressure) ?? base.heedsPressure,
  });
}

function assertBudget(field: string, value: unknown): void {
  assertNumber(field, value, 0, LARGEST_BUDGET);
  if (value === 0) throw new InvalidOptionError(field, 'must be above 0: with no budget nothing could be kept', value);
}

function parseFinite(field: string, value: unknown): number {
  const ms = parseDuration(field, value);
  if (ms === Infinity) throw new InvalidOptionError(field, 'must be finite', value);
  return ms;
}

function readSwitch(field: string, value: unknown): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  throw new InvalidOptionError(field, 'must be true or false', value);
}
