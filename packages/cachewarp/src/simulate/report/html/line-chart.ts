import { escapeHtml } from './escape-html.js';

/** One line of a chart, from 0 to 1. */
export interface Series {
  readonly name: string;
  /** Class that gives it its colour: `a` to `c`. */
  readonly colour: string;
  readonly values: readonly number[];
}

/** A chart of shares over a few named steps. */
export interface LineChart {
  readonly title: string;
  readonly steps: readonly string[];
  readonly series: readonly Series[];
  /** A line across, such as what cannot be exceeded. */
  readonly limit: { readonly name: string; readonly value: number };
  /** The step that is in force, if it is one. */
  readonly marked: number;
}

/** Small enough to be read on a phone without being scaled down. */
export const CHART = { width: 440, height: 250, left: 46, right: 18, top: 14, bottom: 26 } as const;

/** Draws it as an SVG whose colours are those of the page. Points tell their values when they are pointed at. */
export function lineChart({ title, steps, series, limit, marked }: LineChart): string {
  const { width, height, left, right, top, bottom } = CHART;
  const x = (step: number): number => left + ((width - left - right) * step) / Math.max(1, steps.length - 1);
  const y = (share: number): number => top + (height - top - bottom) * (1 - share);
  const parts = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      `<line class="grid" x1="${left}" x2="${width - right}" y1="${y(share)}" y2="${y(share)}"/><text x="${left - 6}" y="${y(share) + 4}" text-anchor="end">${100 * share} %</text>`,
  );
  for (const [step, name] of steps.entries()) {
    parts.push(`<text x="${x(step).toFixed(1)}" y="${height - 8}" text-anchor="middle">${escapeHtml(name)}</text>`);
  }
  if (marked !== -1) {
    parts.push(
      `<line class="marked" x1="${x(marked)}" x2="${x(marked)}" y1="${top}" y2="${height - bottom}"><title>as simulated</title></line>`,
    );
  }
  parts.push(
    `<line class="limit" x1="${left}" x2="${width - right}" y1="${y(limit.value)}" y2="${y(limit.value)}"/><text class="limit-name" x="${left + 6}" y="${y(limit.value) - 5}">${escapeHtml(limit.name)}</text>`,
  );
  for (const { name, colour, values } of series) {
    const points = values.map((value, step) => `${x(step).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
    parts.push(`<polyline class="line ${colour}" points="${points}"/>`);
    for (const [step, value] of values.entries()) {
      parts.push(
        `<circle class="${colour}" cx="${x(step).toFixed(1)}" cy="${y(value).toFixed(1)}" r="3.5"><title>${escapeHtml(`${steps[step]!}: ${name} ${(100 * value).toFixed(1)} %`)}</title></circle>`,
      );
    }
  }
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(title)}">${parts.join('')}</svg>`;
}

/** What the colours mean, beside the chart. */
export function legend(series: readonly Pick<Series, 'name' | 'colour'>[]): string {
  return `<p class="legend">${series.map(({ name, colour }) => `<span><i class="${colour}"></i>${escapeHtml(name)}</span>`).join('')}</p>`;
}
