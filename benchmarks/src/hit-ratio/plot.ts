import { EVICTION_POLICIES } from '@cachewarp/core';
import type { Cell } from './measure.js';

const COLUMNS = 3;
const WIDTH = 300;
const HEIGHT = 200;
const MARGIN = { left: 44, right: 26, top: 30, bottom: 34 };
const LEGEND_HEIGHT = 40;
/** After the palette of M. Okabe and K. Ito, which people who see few colours can tell apart. */
const COLORS: Record<string, string> = {
  opt: '#000000',
  s3fifo: '#d55e00',
  tinylfu: '#0072b2',
  adaptive: '#e69f00',
  lru: '#009e73',
  lfu: '#cc79a7',
  fifo: '#999999',
};
/** With entries of one size and one lifetime, `ttl` is `fifo` and `gdsf` is `lfu`. */
const SHOWN = ['opt', ...EVICTION_POLICIES.filter((policy) => policy in COLORS)];

/** A plot of hit ratio over capacity for each trace, as an SVG document. */
export function plotSvg(cells: readonly Cell[]): string {
  const traces = [...new Set(cells.map(({ trace }) => trace))];
  const rows = Math.ceil(traces.length / COLUMNS);
  const [width, height] = [COLUMNS * WIDTH, rows * HEIGHT + LEGEND_HEIGHT];
  const panels = traces.map((trace, index) => {
    const x = (index % COLUMNS) * WIDTH;
    const y = Math.floor(index / COLUMNS) * HEIGHT + LEGEND_HEIGHT;
    const own = cells.filter((cell) => cell.trace === trace);
    return `<g transform="translate(${x} ${y})">${panel(own)}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="11">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    legend(),
    ...panels,
    '</svg>\n',
  ].join('\n');
}

function legend(): string {
  return SHOWN.map((name, index) => {
    const x = 16 + index * 96;
    return `<line x1="${x}" y1="18" x2="${x + 22}" y2="18" ${stroke(name)}/><text x="${x + 28}" y="22">${name === 'opt' ? 'optimum' : name}</text>`;
  }).join('');
}

function panel(cells: readonly Cell[]): string {
  const top = ceilToTenth(Math.max(...cells.map(({ opt }) => opt)));
  const [right, bottom] = [WIDTH - MARGIN.right, HEIGHT - MARGIN.bottom];
  const [first, last] = [Math.log(cells[0]!.capacity), Math.log(cells.at(-1)!.capacity)];
  const xOf = (capacity: number): number =>
    MARGIN.left + ((Math.log(capacity) - first) / (last - first || 1)) * (right - MARGIN.left);
  const yOf = (ratio: number): number => bottom - (ratio / top) * (bottom - MARGIN.top);
  const grid = [0, top / 2, top].map(
    (ratio) =>
      `<line x1="${MARGIN.left}" y1="${yOf(ratio)}" x2="${right}" y2="${yOf(ratio)}" stroke="#ddd"/><text x="${MARGIN.left - 6}" y="${yOf(ratio) + 4}" text-anchor="end">${Math.round(ratio * 100)} %</text>`,
  );
  const ticks = [cells[0]!, cells[Math.floor(cells.length / 2)]!, cells.at(-1)!].map(
    ({ capacity }) =>
      `<text x="${xOf(capacity).toFixed(1)}" y="${bottom + 16}" text-anchor="middle">${capacity.toLocaleString('en')}</text>`,
  );
  const lines = SHOWN.map((name) => {
    const points = cells.map((cell) => {
      const ratio = name === 'opt' ? cell.opt : cell.ratios[name as keyof typeof cell.ratios];
      return `${xOf(cell.capacity).toFixed(1)},${yOf(ratio).toFixed(1)}`;
    });
    return `<polyline points="${points.join(' ')}" fill="none" ${stroke(name)}/>`;
  });
  const title = `<text x="${MARGIN.left}" y="${MARGIN.top - 10}" font-weight="600">${cells[0]!.trace.name}</text>`;
  return [title, ...grid, ...ticks, ...lines.toReversed()].join('');
}

function stroke(name: string): string {
  const dashes = name === 'opt' ? ' stroke-dasharray="4 3"' : '';
  return `stroke="${COLORS[name]}" stroke-width="${name === 's3fifo' || name === 'tinylfu' ? 2 : 1.3}"${dashes}`;
}

/** A trace that hits nothing still has an axis. */
function ceilToTenth(ratio: number): number {
  return Math.max(0.1, Math.ceil(ratio * 10) / 10);
}
