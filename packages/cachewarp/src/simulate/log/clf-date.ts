const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const CLF = /^(\d{1,2})\/([A-Za-z]{3})\/(\d{4}):(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))? ([+-])(\d\d):?(\d\d)$/;
const ISO = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?$/;

/**
 * Reads the date of a log line in its time zone: `10/Oct/2000:13:55:36 -0700`, or ISO 8601, which counts as UTC where it names no zone.
 * @returns ms since the epoch; undefined where it is no date
 */
export function parseLogDate(text: string): number | undefined {
  if (text.length > 48) return undefined;
  const match = CLF.exec(text);
  if (match !== null) return clfInstant(match);
  return ISO.test(text) ? isoInstant(text) : undefined;
}

function clfInstant(match: RegExpExecArray): number | undefined {
  const [, day, monthName, year, hours, minutes, seconds, fraction = '', sign, zoneHours, zoneMinutes] = match;
  const month = MONTHS.indexOf(monthName!.toLowerCase());
  if (month === -1 || Number(day) < 1 || Number(day) > 31) return undefined;
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 60) return undefined;
  const zoneMs = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000 * (sign === '-' ? -1 : 1);
  const local = Date.UTC(Number(year), month, Number(day), Number(hours), Number(minutes), Number(seconds));
  return local + Math.floor(Number(`0.${fraction || '0'}`) * 1000) - zoneMs;
}

function isoInstant(text: string): number | undefined {
  const hasZone = /(?:Z|[+-]\d\d:?\d\d)$/.test(text.slice(19));
  const normal = text
    .replace(' ', 'T')
    .replace(',', '.')
    .replace(/([+-]\d\d)(\d\d)$/, '$1:$2');
  const at = Date.parse(hasZone ? normal : `${normal}Z`);
  return Number.isNaN(at) ? undefined : at;
}
