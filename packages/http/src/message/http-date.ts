/**
 * Dates of HTTP (RFC 9110 §5.6.7): IMF-fixdate, and the obsolete RFC 850 and asctime forms that a recipient must still accept.
 * Everything else is no date: `Date.parse` would take `0`, `2050`, local time zones and much more, and RFC 9111 §5.3 wants an
 * invalid Expires to mean "has expired". Letter case does not matter (RFC 9111 §4.2). All forms stand at fixed columns, so a
 * parse looks at each character at most once.
 */

/**
 * @param value - the field value, without surrounding white space.
 * @param now - the present in ms since the epoch; a two-digit year more than 50 years ahead of it lies in the past century.
 * @returns ms since the epoch, whole seconds; `undefined` when the value is not one of the three forms, names a day that does not
 * exist, or names another zone than GMT.
 */
export function parseHttpDate(value: string, now: number): number | undefined {
  if (value.length === IMF_LENGTH && value.charCodeAt(3) === COMMA) return parseImfFixdate(value);
  if (value.length === ASCTIME_LENGTH && value.charCodeAt(3) === SPACE) return parseAsctime(value);
  return parseRfc850(value, now);
}

/**
 * IMF-fixdate of an instant, cut to whole seconds: `Sun, 06 Nov 1994 08:49:37 GMT`.
 *
 * @param at - ms since the epoch; years beyond 0–9999, which the format cannot name, are drawn to its ends.
 */
export function formatHttpDate(at: number): string {
  return new Date(Math.min(Math.max(at, YEAR_0), YEAR_9999)).toUTCString();
}

const COMMA = 0x2c;
const SPACE = 0x20;
const IMF_LENGTH = 29;
const ASCTIME_LENGTH = 24;
const YEAR_0 = -62_167_219_200_000;
const YEAR_9999 = 253_402_300_799_000;
const SHORT_DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const LONG_DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

// Sun, 06 Nov 1994 08:49:37 GMT
function parseImfFixdate(value: string): number | undefined {
  if (!SHORT_DAYS.includes(lower(value, 0, 3)) || !isGmt(value, 25)) return undefined;
  if (!isSpace(value, 4) || !isSpace(value, 7) || !isSpace(value, 11) || !isSpace(value, 16)) return undefined;
  return instant(digits(value, 12, 4), month(value, 8), digits(value, 5, 2), timeOfDay(value, 17));
}

// Sunday, 06-Nov-94 08:49:37 GMT
function parseRfc850(value: string, now: number): number | undefined {
  const comma = value.indexOf(',');
  if (comma < 6 || comma > 9 || value.length !== comma + 24) return undefined;
  if (!LONG_DAYS.includes(lower(value, 0, comma)) || !isGmt(value, comma + 20)) return undefined;
  if (
    !isSpace(value, comma + 1) ||
    value[comma + 4] !== '-' ||
    value[comma + 8] !== '-' ||
    !isSpace(value, comma + 11)
  ) {
    return undefined;
  }
  const twoDigits = digits(value, comma + 9, 2);
  if (twoDigits === undefined) return undefined;
  const at = (year: number): number | undefined =>
    instant(year, month(value, comma + 5), digits(value, comma + 2, 2), timeOfDay(value, comma + 12));
  // RFC 9110 5.6.7: what appears to be more than 50 years ahead is the most recent past year with these two digits.
  const latest = new Date(now);
  latest.setUTCFullYear(latest.getUTCFullYear() + 50);
  let year = Math.floor(latest.getUTCFullYear() / 100) * 100 + twoDigits;
  if (year > latest.getUTCFullYear()) year -= 100;
  const found = at(year);
  return found !== undefined && found > latest.getTime() ? at(year - 100) : found;
}

// Sun Nov  6 08:49:37 1994
function parseAsctime(value: string): number | undefined {
  if (!SHORT_DAYS.includes(lower(value, 0, 3))) return undefined;
  if (!isSpace(value, 7) || !isSpace(value, 10) || !isSpace(value, 19)) return undefined;
  const day = isSpace(value, 8) ? digits(value, 9, 1) : digits(value, 8, 2);
  return instant(digits(value, 20, 4), month(value, 4), day, timeOfDay(value, 11));
}

function instant(
  year: number | undefined,
  monthIndex: number | undefined,
  day: number | undefined,
  timeMs: number | undefined,
): number | undefined {
  if (year === undefined || monthIndex === undefined || day === undefined || timeMs === undefined) return undefined;
  // Date.UTC reads the years 0 to 99 as 1900 to 1999; setUTCFullYear does not.
  const date = new Date(0);
  date.setUTCFullYear(year, monthIndex, day);
  // 31 Feb would silently become 3 Mar.
  return date.getUTCMonth() === monthIndex && date.getUTCDate() === day ? date.getTime() + timeMs : undefined;
}

// HH:MM:SS in ms
function timeOfDay(value: string, at: number): number | undefined {
  if (value[at + 2] !== ':' || value[at + 5] !== ':') return undefined;
  const hour = digits(value, at, 2);
  const minute = digits(value, at + 3, 2);
  const second = digits(value, at + 6, 2);
  if (hour === undefined || minute === undefined || second === undefined) return undefined;
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  // RFC 9111 4.2: a leap second, finer than our time, becomes the nearest instant that is not later.
  return ((hour * 60 + minute) * 60 + Math.min(second, 59)) * 1000;
}

function month(value: string, at: number): number | undefined {
  const index = MONTHS.indexOf(lower(value, at, 3));
  return index === -1 ? undefined : index;
}

function isGmt(value: string, at: number): boolean {
  // RFC 9111 4.2: any other zone abbreviation makes the date invalid.
  return isSpace(value, at) && lower(value, at + 1, 3) === 'gmt';
}

function isSpace(value: string, at: number): boolean {
  return value.charCodeAt(at) === SPACE;
}

function lower(value: string, at: number, length: number): string {
  return value.slice(at, at + length).toLowerCase();
}

function digits(value: string, at: number, count: number): number | undefined {
  let number = 0;
  for (let index = at; index < at + count; index++) {
    const digit = value.charCodeAt(index) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return undefined;
    number = number * 10 + digit;
  }
  return number;
}
