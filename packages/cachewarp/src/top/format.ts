const NOTHING = '–';

/** A rate or a count: 0, 0.4, 12, 1,234, 12k, 3.4M. */
export function count(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return NOTHING;
  if (value === 0) return '0';
  if (value < 10) return value < 0.05 ? '<0.1' : String(Math.round(value * 10) / 10);
  if (value >= 9.995e9) return `${three(value / 1e9)}G`;
  if (value >= 9.995e6) return `${three(value / 1e6)}M`;
  if (value >= 99_950) return `${three(value / 1e3)}k`;
  return Math.round(value).toLocaleString('en');
}

/** A part of 1 in percent. */
export function percent(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return NOTHING;
  const shown = value * 100;
  // What is not all must not read as all, nor what is not nothing as nothing.
  if (shown > 99.9 && shown < 100) return '>99.9%';
  if (shown > 0 && shown < 0.05) return '<0.1%';
  return `${Math.round(shown * 10) / 10}%`;
}

/** A duration in ms: 0.3 ms, 42 ms, 1.5 s, 3 min, 2 h, 4 d. */
export function duration(ms: number | undefined): string {
  if (ms === undefined || !Number.isFinite(ms)) return NOTHING;
  const size = Math.abs(ms);
  const sign = ms < 0 ? '-' : '';
  if (size < 999.5) return `${sign}${three(size)} ms`;
  if (size < 59_950) return `${sign}${three(size / 1_000)} s`;
  if (size < 3_597_000) return `${sign}${three(size / 60_000)} min`;
  if (size < 86_350_000) return `${sign}${three(size / 3_600_000)} h`;
  return `${sign}${three(size / 86_400_000)} d`;
}

/** Bytes: 512 B, 1.4 kB, 64 MB. */
export function bytes(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return NOTHING;
  if (value < 1_000) return `${Math.round(value)} B`;
  if (value < 2 ** 20 * 0.9995) return `${three(value / 1_024)} kB`;
  if (value < 2 ** 30 * 0.9995) return `${three(value / 2 ** 20)} MB`;
  if (value < 2 ** 40 * 0.9995) return `${three(value / 2 ** 30)} GB`;
  return `${three(value / 2 ** 40)} TB`;
}

/** The time of day of an instant, here. */
export function timeOfDay(at: number): string {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}

/** Three digits that count. */
function three(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return String(Number(value.toFixed(digits)));
}
