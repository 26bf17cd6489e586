import type { TimeBucket } from '../../stats/time-series.js';
import { rateText } from '../format.js';
import { CHART } from './line-chart.js';

/** More columns than this cannot be told apart. */
const MAX_COLUMNS = 130;

/** Requests over time, and what of them reaches the origin, as two areas. */
export function timelineChart(buckets: readonly TimeBucket[], widthMs: number): string {
  const { width, height, left, right, top, bottom } = CHART;
  const group = Math.ceil(buckets.length / MAX_COLUMNS);
  const columns = joined(buckets, group);
  const seconds = (widthMs * group) / 1000;
  const peak = Math.max(...columns.map(({ requests }) => requests));
  const x = (column: number): number => left + ((width - left - right) * column) / columns.length;
  const y = (count: number): number => top + (height - top - bottom) * (1 - count / peak);
  const area = (read: (bucket: TimeBucket) => number): string => {
    const steps = columns.map((bucket, column) => {
      const level = y(read(bucket)).toFixed(1);
      return `L${x(column).toFixed(1)} ${level}L${x(column + 1).toFixed(1)} ${level}`;
    });
    return `M${left} ${height - bottom}${steps.join('')}L${width - right} ${height - bottom}Z`;
  };
  const ticks = [0, 0.5, 1].map(
    (part) =>
      `<line class="grid" x1="${left}" x2="${width - right}" y1="${y(part * peak)}" y2="${y(part * peak)}"/><text x="${left - 4}" y="${y(part * peak) + 4}" text-anchor="end">${rateText((part * peak) / seconds)}</text>`,
  );
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="requests over time">${ticks.join('')}<path class="area rest" d="${area(({ requests }) => requests)}"/><path class="area c" d="${area(({ originRequests }) => originRequests)}"/>${timeNames(columns, x)}</svg>`;
}

function joined(buckets: readonly TimeBucket[], group: number): TimeBucket[] {
  const columns: TimeBucket[] = [];
  for (let first = 0; first < buckets.length; first += group) {
    const part = buckets.slice(first, first + group);
    const sum = (read: (bucket: TimeBucket) => number): number =>
      part.reduce((total, bucket) => total + read(bucket), 0);
    columns.push({
      at: part[0]!.at,
      requests: sum((one) => one.requests),
      originRequests: sum((one) => one.originRequests),
    });
  }
  // The log ends somewhere within its last column, which would look like a collapse.
  return columns.length > 10 ? columns.slice(0, -1) : columns;
}

function timeNames(columns: readonly TimeBucket[], x: (column: number) => number): string {
  const days = (columns.at(-1)!.at - columns[0]!.at) / 86_400_000;
  const steps = Math.min(5, columns.length);
  return Array.from({ length: steps }, (_, step) => {
    const column = Math.floor((step * columns.length) / steps);
    const text = new Date(columns[column]!.at).toISOString();
    const name = days > 2 ? text.slice(5, 10) : text.slice(11, 16);
    return `<text x="${x(column).toFixed(1)}" y="${CHART.height - 8}">${name}</text>`;
  }).join('');
}
