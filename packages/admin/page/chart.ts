import uPlot from './uplot.js';
import { el, fill } from './dom.js';

/** One line or area of a chart. */
export interface ChartSeries {
  readonly label: string;
  /** Name of a colour in the style sheet: `hit` is `--hit`. */
  readonly color: string;
  readonly isArea?: boolean;
  readonly isDashed?: boolean;
  /** Measured on the right-hand scale, from 0 to 100 %. */
  readonly isRatio?: boolean;
}

/** Values by series, for each moment; null where there is nothing to show. */
export type ChartData = readonly [at: readonly number[], ...values: readonly (readonly (number | null)[])[]];

const HEIGHT = 190;
/** Members of uPlot's enumerations, which exist in its types only. */
const LOGARITHMIC = 3 as unknown as uPlot.Scale.Distr;
const RIGHT = 1 as unknown as uPlot.Axis.Side;

/** A chart over time, with a legend in words that shows the values under the pointer, else the newest. */
export class Chart {
  readonly #host: HTMLElement;
  readonly #series: readonly ChartSeries[];
  readonly #format: (value: number) => string;
  readonly #isStacked: boolean;
  readonly #isLog: boolean;
  readonly #values: HTMLElement[];
  #plot: uPlot | undefined;
  #data: ChartData = [[]];
  #hovered: number | null | undefined;
  /** Values as they are, where the plot gets sums of them. */
  #shown: ChartData = [[]];

  constructor(
    host: HTMLElement,
    parts: {
      series: readonly ChartSeries[];
      format: (value: number) => string;
      isStacked?: boolean;
      isLog?: boolean;
    },
  ) {
    this.#host = host;
    this.#series = parts.series;
    this.#format = parts.format;
    this.#isStacked = parts.isStacked ?? false;
    this.#isLog = parts.isLog ?? false;
    this.#values = parts.series.map(() => el('span', { class: 'legend-value' }, '–'));
    const legend = el(
      'ul',
      { class: 'legend' },
      ...parts.series.map(({ label, color, isDashed }, at) =>
        el(
          'li',
          {},
          el('span', { class: `swatch swatch-${color}${isDashed === true ? ' swatch-dashed' : ''}` }),
          label,
          ' ',
          this.#values[at]!,
        ),
      ),
    );
    fill(host, el('div', { class: 'plot', 'aria-hidden': 'true' }), legend);
    new ResizeObserver(() => this.#resize()).observe(host);
    this.recolor();
  }

  /** Shows values; of a stacked chart the areas are given as they are, bottom first. */
  show(data: ChartData): void {
    this.#shown = data;
    this.#data = this.#isStacked ? stacked(data, this.#series) : data;
    this.#plot?.setData(this.#data as unknown as uPlot.AlignedData);
    this.#tell();
  }

  /** Draws anew with the colours of the style sheet, which follow light and dark. */
  recolor(): void {
    this.#plot?.destroy();
    const plot = this.#host.querySelector<HTMLElement>('.plot')!;
    this.#plot = new uPlot(this.#options(plot), this.#data as unknown as uPlot.AlignedData, plot);
  }

  #options(plot: HTMLElement): uPlot.Options {
    const style = getComputedStyle(document.documentElement);
    const color = (name: string): string => style.getPropertyValue(`--${name}`).trim();
    const axis = { stroke: color('muted'), grid: { stroke: color('grid'), width: 1 }, ticks: { show: false } };
    const font = `11px ${style.getPropertyValue('--sans')}`;
    const hasRatio = this.#series.some(({ isRatio }) => isRatio);
    return {
      width: Math.max(200, plot.clientWidth),
      height: HEIGHT,
      legend: { show: false },
      padding: [8, hasRatio ? 0 : 12, 0, 0],
      cursor: { y: false, points: { show: false }, drag: { x: false, y: false }, sync: { key: 'time' } },
      scales: {
        x: { time: true },
        y: this.#isLog
          ? {
              distr: LOGARITHMIC,
              range: (_, low, high) => [Math.max(0.1, (low || 0.1) / 2), Math.max(10, (high || 10) * 2)],
            }
          : { range: (_, _low, high) => [0, Math.max(1, (high || 0) * 1.12)] },
        ratio: { range: [0, 100] },
      },
      axes: [
        {
          ...axis,
          font,
          size: 26,
          space: 70,
          grid: { show: false },
          values: (_, at) => at.map((second) => new Date(second * 1000).toLocaleTimeString('en-GB')),
        },
        {
          ...axis,
          font,
          size: 52,
          ...(this.#isLog && { splits: powersOfTen }),
          values: (_, values) => values.map((value) => (value === null ? '' : this.#format(value))),
        },
        ...(hasRatio
          ? [
              {
                ...axis,
                font,
                scale: 'ratio',
                side: RIGHT,
                size: 42,
                grid: { show: false },
                values: (_: uPlot, values: (number | null)[]) => values.map((value) => `${value} %`),
              },
            ]
          : []),
      ],
      series: [
        {},
        ...this.#order().map((at): uPlot.Series => {
          const { color: name, isArea, isDashed, isRatio, label } = this.#series[at]!;
          return {
            label,
            scale: isRatio === true ? 'ratio' : 'y',
            stroke: color(name),
            width: isArea === true ? 0 : 1.6,
            points: { show: false },
            spanGaps: false,
            ...(isArea === true && { fill: color(name) }),
            ...(isDashed === true && { dash: [5, 4] }),
          };
        }),
      ],
      hooks: {
        setCursor: [
          ({ cursor }) => {
            this.#hovered = cursor.idx;
            this.#tell();
          },
        ],
      },
    };
  }

  /** In which order series are drawn: of a stack the highest first, so that the lower ones lie over it. */
  #order(): number[] {
    const all = this.#series.map((_, at) => at);
    if (!this.#isStacked) return all;
    const areas = all.filter((at) => this.#series[at]!.isArea);
    return [...areas.toReversed(), ...all.filter((at) => !this.#series[at]!.isArea)];
  }

  #resize(): void {
    const plot = this.#host.querySelector<HTMLElement>('.plot');
    if (plot !== null && plot.clientWidth > 0) this.#plot?.setSize({ width: plot.clientWidth, height: HEIGHT });
  }

  #tell(): void {
    const [times, ...values] = this.#shown;
    const at = this.#hovered ?? times.length - 1;
    this.#series.forEach(({ isRatio }, index) => {
      const value = values[index]?.[at];
      this.#values[index]!.textContent =
        value === null || value === undefined
          ? '–'
          : isRatio === true
            ? `${Math.round(value * 10) / 10} %`
            : this.#format(value);
    });
  }
}

function powersOfTen(_: uPlot, _axis: number, low: number, high: number): number[] {
  const powers: number[] = [];
  for (let power = Math.ceil(Math.log10(low)); 10 ** power <= high; power++) powers.push(10 ** power);
  return powers;
}

/** Sums from the bottom up for the areas, in the order in which they are drawn; lines stay as they are. */
function stacked(data: ChartData, series: readonly ChartSeries[]): ChartData {
  const [times, ...values] = data;
  const sums: number[][] = [];
  const lines: (readonly (number | null)[])[] = [];
  series.forEach(({ isArea }, at) => {
    const own = values[at] ?? [];
    if (isArea !== true) return void lines.push(own);
    const below = sums.at(-1);
    sums.push(own.map((value, moment) => (value ?? 0) + (below?.[moment] ?? 0)));
  });
  return [times, ...sums.toReversed(), ...lines];
}
