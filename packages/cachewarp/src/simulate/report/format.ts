/** `71.3 %`. */
export function percent(ratio: number): string {
  return `${(100 * ratio).toFixed(1)} %`;
}

const SIZES = ['B', 'kB', 'MB', 'GB', 'TB'];

/** `1.5 GB`, in units of 1,024. */
export function bytesText(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 1024 && unit < SIZES.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${SIZES[unit]!}`;
}

/** `64mb`, as a configuration has it: whole in the largest unit that it is whole in. */
export function bytesOption(bytes: number): string {
  for (const [unit, name] of [
    [1024 ** 3, 'gb'],
    [1024 ** 2, 'mb'],
    [1024, 'kb'],
  ] as const) {
    if (bytes >= unit && bytes % unit === 0) return `${bytes / unit}${name}`;
  }
  return `${bytes}b`;
}

const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1000, 's'],
  [1, 'ms'],
] as const;

/** `5m`, as a configuration has it: whole in the largest unit that it is whole in. */
export function durationOption(ms: number): string {
  for (const [unit, name] of UNITS) if (ms >= unit && ms % unit === 0) return `${ms / unit}${name}`;
  return `${Math.round(ms)}ms`;
}

/** `3 d 4 h`, `12 m 5 s`: the two largest units. */
export function spanText(ms: number): string {
  const index = UNITS.findIndex(([unit]) => ms >= unit);
  if (index === -1) return '0 s';
  const [unit, name] = UNITS[index]!;
  const [smaller, smallerName] = UNITS[index + 1] ?? [1, 'ms'];
  const rest = Math.floor((ms % unit) / smaller);
  const first = `${Math.floor(ms / unit)} ${name}`;
  return rest === 0 || name === 'ms' || name === 's' ? first : `${first} ${rest} ${smallerName}`;
}

/** `1,234,567`. */
export function countText(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}

/** `11.6/s`. */
export function rateText(perSecond: number): string {
  return `${perSecond >= 100 ? countText(perSecond) : perSecond.toFixed(perSecond >= 10 ? 1 : 2)}/s`;
}

/** `2015-05-17 10:05:03Z`. */
export function instantText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

/** Text of a log, which anybody may have sent, made harmless for a terminal. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}
