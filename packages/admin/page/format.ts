const NOTHING = '–';

/** A rate or a count: 0, 0.4, 12, 1.2k, 3.4M. */
export function count(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return NOTHING;
  if (value === 0) return '0';
  if (value < 10) return value < 0.05 ? '<0.1' : String(Math.round(value * 10) / 10);
  for (const [unit, size] of [
    ['G', 1e9],
    ['M', 1e6],
    ['k', 1e3],
  ] as const) {
    if (value >= 9.995 * size || (value >= size && unit !== 'k')) return `${three(value / size)}${unit}`;
  }
  return Math.round(value).toLocaleString('en');
}

/** A part of 1 in percent. */
export function percent(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return NOTHING;
  const shown = value * 100;
  // What is not all must not read as all.
  return `${shown > 99.9 && shown < 100 ? '>99.9' : Math.round(shown * 10) / 10} %`;
}

/** A duration in ms: 0.3 ms, 42 ms, 1.5 s, 3 min, 2 h, 4 d. */
export function duration(ms: number | undefined | null): string {
  if (ms === undefined || ms === null || !Number.isFinite(ms)) return NOTHING;
  const size = Math.abs(ms);
  const sign = ms < 0 ? '−' : '';
  if (size < 1) return `${sign}${Math.round(size * 100) / 100} ms`;
  if (size < 1_000) return `${sign}${three(size)} ms`;
  if (size < 60_000) return `${sign}${three(size / 1_000)} s`;
  if (size < 3_600_000) return `${sign}${three(size / 60_000)} min`;
  if (size < 86_400_000) return `${sign}${three(size / 3_600_000)} h`;
  return `${sign}${three(size / 86_400_000)} d`;
}

/** Bytes: 512 B, 1.4 kB, 64 MB. */
export function bytes(value: number | undefined | null): string {
  if (value === undefined || value === null || !Number.isFinite(value)) return NOTHING;
  if (value < 1_000) return `${Math.round(value)} B`;
  for (const [unit, size] of [
    ['TB', 2 ** 40],
    ['GB', 2 ** 30],
    ['MB', 2 ** 20],
  ] as const) {
    if (value >= size * 0.9995) return `${three(value / size)} ${unit}`;
  }
  return `${three(value / 1_024)} kB`;
}

/** The time of day of an instant. */
export function timeOfDay(at: number): string {
  return new Date(at).toLocaleTimeString('en-GB');
}

/** Three digits that count. */
function three(value: number): string {
  return String(
    value >= 100 ? Math.round(value) : value >= 10 ? Math.round(value * 10) / 10 : Math.round(value * 100) / 100,
  );
}
