import { InvalidOptionError } from './errors.js';

type DurationUnit = 'ms' | 's' | 'm' | 'h' | 'd';

/**
 * A length of time: seconds as a number (`90`, `0.5`), or a number with a unit: `'250ms'`, `'90s'`, `'5m'`, `'1h'`, `'7d'`.
 * `Infinity` means for ever.
 */
export type Duration = number | `${number}${DurationUnit}`;

const MS_PER_UNIT: Record<DurationUnit, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const PATTERN = /^(\d{1,15}(?:\.\d{1,6})?)(ms|s|m|h|d)$/;

/**
 * Reads a duration into milliseconds.
 * @param field - name of the option, for the message
 * @param bounds - `allowZero`: 0 is a meaning of its own (off) rather than a mistake; default false
 * @throws InvalidOptionError when it is not a duration, is negative, NaN, or 0 where 0 is not allowed
 */
export function parseDuration(field: string, value: unknown, bounds: { allowZero?: boolean } = {}): number {
  const ms = toMs(value);
  if (ms === undefined || ms < 0 || (ms === 0 && bounds.allowZero !== true)) {
    const range = bounds.allowZero === true ? 'of 0 or more' : 'above 0';
    throw new InvalidOptionError(
      field,
      `must be a duration ${range} (seconds, or text such as '90s', '5m', '1h')`,
      value,
    );
  }
  return ms;
}

function toMs(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isNaN(value) ? undefined : value * 1000;
  if (typeof value !== 'string') return undefined;
  const match = PATTERN.exec(value);
  return match === null ? undefined : Number(match[1]) * MS_PER_UNIT[match[2] as DurationUnit];
}
