import type { ConfigResult, SimulationReport } from '../../simulation-report.js';
import { configYaml } from '../config-file.js';
import { bytesText, countText, durationOption, percent, printable, rateText } from '../format.js';
import { logLines, resultTable, settingsText } from '../text-report.js';
import { escapeHtml } from './escape-html.js';
import { legend, lineChart, type Series } from './line-chart.js';
import { PAGE_STYLE } from './page-style.js';
import { htmlTable, parameterTable, routeTable } from './tables.js';
import { timelineChart } from './timeline-chart.js';

/** The report as one file that needs nothing else: readable on a phone, light or dark, and without scripts. */
export function htmlReport(report: SimulationReport): string {
  const [main] = report.results;
  const [summary, ...faults] = logLines(report.log);
  const body = [
    `<h1>What a cache would do for this traffic</h1>`,
    `<p class="soft">${escapeHtml(summary!)}</p>`,
    `<p>Simulated: <b>${escapeHtml(settingsText(main!.settings))}</b></p>`,
    tiles(report, main!),
    `<div class="charts">${charts(report, main!)}</div>`,
    recommendation(report),
    section('In numbers', '', htmlTable(...resultTable(report))),
    routeTable(report.routes),
    parameterTable(report.parameters),
    method(report),
    faults.length === 0 ? '' : section('What could not be read', '', `<pre>${escapeHtml(faults.join('\n'))}</pre>`),
  ];
  // No script may run, whatever a log has brought in.
  const policy = `default-src 'none'; style-src 'unsafe-inline'`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>CacheWarp: ${percent(main!.hitRatio)} hits</title><style>${PAGE_STYLE}</style></head>
<body><main>${body.join('\n')}</main></body></html>
`;
}

function tiles({ log, recommendation: { expected } }: SimulationReport, main: ConfigResult): string {
  const tile = (value: string, name: string, note: string): string =>
    `<div class="tile"><span class="soft">${escapeHtml(name)}</span><b>${escapeHtml(value)}</b><span class="soft">${escapeHtml(note)}</span></div>`;
  return `<div class="tiles">${[
    tile(percent(main.hitRatio), 'Hit ratio', `no cache can exceed ${percent(main.ceiling)}`),
    tile(
      percent(main.byteHitRatio),
      'By bytes',
      `${bytesText(main.originBytes)} of ${bytesText(log.bytes)} from the origin`,
    ),
    tile(rateText(main.originPeakPerSecond), 'Origin at its peak', `${rateText(log.peakPerSecond)} without a cache`),
    tile(percent(main.outdatedShare), 'Possibly outdated', 'of the hits'),
    tile(
      percent(expected.hitRatio),
      'As recommended',
      `${percent(expected.outdatedShare)} of the hits possibly outdated`,
    ),
  ].join('')}</div>`;
}

function charts({ ttlCurve, sizeCurve, policies, timeline, sampleRate }: SimulationReport, main: ConfigResult): string {
  const basis = sampleRate === 1 ? 'Exact: every key was tried.' : `Estimated from ${percent(sampleRate)} of the keys.`;
  const series = (curve: typeof ttlCurve): Series[] => [
    { name: 'hits', colour: 'a', values: curve.map(({ hitRatio }) => hitRatio) },
    { name: 'by bytes', colour: 'b', values: curve.map(({ byteHitRatio }) => byteHitRatio) },
    { name: 'hits possibly outdated', colour: 'c', values: curve.map(({ outdatedShare }) => outdatedShare) },
  ];
  const limit = { name: `ceiling of hits ${percent(main.ceiling)}`, value: main.ceiling };
  const overTtl = lineChart({
    title: 'hit ratio by ttl',
    steps: ttlCurve.map(({ x }) => durationOption(x)),
    series: series(ttlCurve),
    limit,
    marked: ttlCurve.findIndex(
      ({ x }) => durationOption(x) === main.settings['ttl'] || `${x / 1000}s` === main.settings['ttl'],
    ),
  });
  const overSize = lineChart({
    title: 'hit ratio by memory',
    steps: sizeCurve.map(({ x }) => bytesText(x).replace('.0 ', ' ').replace(' ', '')),
    series: series(sizeCurve),
    limit,
    marked: sizeCurve.findIndex(({ x }) => bytesText(x) === bytesText(sizeOf(main, sizeCurve))),
  });
  const bars = policies
    .map(
      ({ policy, hitRatio, byteHitRatio }) =>
        [policy, meter(hitRatio, main.ceiling), percent(hitRatio), percent(byteHitRatio)] as const,
    )
    .map(
      ([policy, bar, hits, bytes]) =>
        `<tr><td>${escapeHtml(policy)}</td><td>${bar}</td><td>${hits}</td><td>${bytes}</td></tr>`,
    )
    .join('');
  const policyTable = `<table><tr><th>policy</th><th></th><th>hits</th><th>by bytes</th></tr>${bars}</table>`;
  return [
    section(
      'Requests over time',
      'What reaches the origin, and all that comes.',
      legend([
        { name: 'to the origin', colour: 'c' },
        { name: 'answered by the cache', colour: 'rest' },
      ]) + timelineChart(timeline.buckets, timeline.widthMs),
    ),
    section(
      'How long to keep',
      `One ttl for everything, with this memory. ${basis}`,
      legend(series(ttlCurve)) + overTtl,
    ),
    section('How much memory', `With these ttls. ${basis}`, legend(series(sizeCurve)) + overSize),
    section(
      'Which policy',
      'What stays when memory is full. The bar ends at the ceiling.',
      `<div class="scroll">${policyTable}</div>`,
    ),
  ].join('');
}

/** The size on the curve that is the one simulated: the middle one, whose factor is 1. */
function sizeOf({ settings }: ConfigResult, curve: SimulationReport['sizeCurve']): number {
  return (
    curve.find(({ x }) => bytesText(x).replace('.0', '').replace(' ', '').toLowerCase() === settings['max-bytes'])?.x ??
    -1
  );
}

/** A bar of hits in a frame that is what could be. */
function meter(value: number, ceiling: number): string {
  const width = ceiling <= 0 ? 0 : Math.min(100, (100 * value) / ceiling);
  return `<span class="meter"><i style="width:${width.toFixed(1)}%"></i></span>`;
}

function recommendation(report: SimulationReport): string {
  const { reasons, gainOfIgnoring, expected } = report.recommendation;
  const more =
    gainOfIgnoring > 0
      ? ` Without the parameters that mean nothing, up to ${percent(gainOfIgnoring)} more of all requests.`
      : '';
  return section(
    'What we would start with',
    `${percent(expected.hitRatio)} hits, ${percent(expected.outdatedShare)} of them possibly outdated.${more}`,
    `<ul>${reasons.map((reason) => `<li>${escapeHtml(printable(reason))}</li>`).join('')}</ul><pre>${escapeHtml(configYaml(report))}</pre>`,
  );
}

function method({ log, sampleRate, sampledRequests }: SimulationReport): string {
  const sampled =
    sampleRate === 1
      ? ''
      : ` Memory and policies were tried on ${countText(sampledRequests)} requests of a sample of the keys.`;
  const points = [
    `The log was replayed through the engine of CacheWarp under a clock that follows it: ${countText(log.requests)} requests.${sampled}`,
    'Logs have no header fields: answers count as stating no lifetime of their own and as nobody’s in particular. What is private, or has cookies, is not cached by CacheWarp, so that the true figures may be lower.',
    'Possibly outdated: a hit where the log has another size or status at that time. Compressed variants and broken-off downloads look like changes; changes of the same size do not show.',
    'Ceiling: the first request of each URL, and what is not cacheable, cannot be a hit.',
  ];
  return section(
    'How it was reckoned',
    '',
    `<ul class="soft">${points.map((point) => `<li>${escapeHtml(point)}</li>`).join('')}</ul>`,
  );
}

function section(title: string, note: string, content: string): string {
  return `<section><h2>${escapeHtml(title)}</h2>${note === '' ? '' : `<p class="soft">${escapeHtml(note)}</p>`}${content}</section>`;
}
