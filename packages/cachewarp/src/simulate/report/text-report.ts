import type { ConfigResult, CurvePoint, LogSummary, SimulationReport } from '../simulation-report.js';
import { bytesText, countText, durationOption, instantText, percent, printable, rateText, spanText } from './format.js';
import { textTable } from './text-table.js';

const ROUTES_SHOWN = 15;
const ROUTE_WIDTH = 48;

/** The report as people read it in a terminal. */
export function textReport(report: SimulationReport): string[] {
  return [
    ...logLines(report.log),
    '',
    ...textTable(...resultTable(report)),
    '',
    ...curveLines(report),
    '',
    ...routeLines(report),
    ...notWorthLines(report),
    ...parameterLines(report),
    '',
    ...recommendationLines(report),
  ];
}

/** What was read, and what could not be. */
export function logLines(log: LogSummary): string[] {
  const lines = [
    `${countText(log.requests)} requests, ${bytesText(log.bytes)}, ${instantText(log.firstAt)} to ${instantText(log.lastAt)} (${spanText(log.lastAt - log.firstAt)})`,
  ];
  if (log.malformed > 0) {
    lines.push(`${countText(log.malformed)} lines are no requests and were left out; the first:`);
    for (const { file, line, fault, text } of log.firstMalformed) {
      lines.push(`  ${printable(file)}:${line}: ${fault}: ${printable(text)}`);
    }
  }
  if (log.latestByMs > 60_000) {
    lines.push(
      `${countText(log.late)} lines are out of order, by up to ${spanText(log.latestByMs)}; they count as of when they stand`,
    );
  }
  return lines;
}

/** What the configurations come to, beside each other and beside no cache: the head and the rows of a table. */
export function resultTable({ results, log }: SimulationReport): [head: string[], rows: string[][]] {
  const spanSeconds = Math.max(1, (log.lastAt - log.firstAt) / 1000);
  const row = (name: string, read: (result: ConfigResult) => string, without = ''): string[] => [
    name,
    without,
    ...results.map(read),
  ];
  const rows = [
    row('hit ratio', (result) => percent(result.hitRatio)),
    row('  ceiling of any cache', (result) => percent(result.ceiling)),
    row('hit ratio by bytes', (result) => percent(result.byteHitRatio)),
    row('possibly outdated hits', (result) => percent(result.outdatedShare)),
    row('origin requests', (result) => countText(result.originRequests), countText(log.requests)),
    row('  mean', (result) => rateText(result.originMeanPerSecond), rateText(log.requests / spanSeconds)),
    row('  peak second', (result) => rateText(result.originPeakPerSecond), rateText(log.peakPerSecond)),
    row('origin bytes', (result) => bytesText(result.originBytes), bytesText(log.bytes)),
    row('memory at the end', (result) => `${bytesText(result.memoryBytes)}, ${countText(result.entries)} entries`),
    row('evictions', (result) => countText(result.evictions)),
  ];
  if (results[0]!.savedMs !== undefined)
    rows.push(row('time saved at the origin', ({ savedMs }) => spanText(savedMs ?? 0)));
  const names = results.map(({ name, settings }) => (name === 'as given' ? settingsText(settings) : printable(name)));
  return [['', 'no cache', ...names], rows];
}

/** `policy s3fifo, max-bytes 64mb, ttl 60s`. */
export function settingsText(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

function curveLines({ ttlCurve, sizeCurve, policies, sampleRate, sampledRequests }: SimulationReport): string[] {
  const basis =
    sampleRate === 1
      ? 'exact'
      : `estimated from ${percent(sampleRate)} of the keys, ${countText(sampledRequests)} requests`;
  const points = (curve: readonly CurvePoint[], name: (x: number) => string): string[][] =>
    curve.map((point) => [
      name(point.x),
      percent(point.hitRatio),
      percent(point.byteHitRatio),
      percent(point.outdatedShare),
    ]);
  return [
    `If the ttl were (${basis}):`,
    ...textTable(['ttl', 'hits', 'by bytes', 'possibly outdated'], points(ttlCurve, durationOption)),
    '',
    'If the memory were:',
    ...textTable(['size', 'hits', 'by bytes', 'possibly outdated'], points(sizeCurve, bytesText)),
    '',
    'If the policy were:',
    ...textTable(
      ['policy', 'hits', 'by bytes'],
      policies.map(({ policy, hitRatio, byteHitRatio }) => [policy, percent(hitRatio), percent(byteHitRatio)]),
    ),
  ];
}

function routeLines({ routes }: SimulationReport): string[] {
  const shown = routes.slice(0, ROUTES_SHOWN);
  return [
    'By route:',
    ...textTable(
      ['route', 'requests', 'hits', 'ceiling', 'to origin', 'origin bytes', 'changed', 'verdict'],
      shown.map((row) => [
        shortened(row.route),
        countText(row.requests),
        percent(row.hitRatio),
        percent(row.ceiling),
        countText(row.originRequests),
        bytesText(row.originBytes),
        percent(row.changeShare),
        row.verdict,
      ]),
      true,
    ),
    ...(routes.length > shown.length ? [`(${routes.length - shown.length} more in --json and --html)`] : []),
  ];
}

function notWorthLines({ routes }: SimulationReport): string[] {
  const useless = routes.filter(({ verdict }) => verdict !== 'worth it' && verdict !== 'little gain');
  if (useless.length === 0) return [];
  return ['', 'Not worth caching:', ...useless.map(({ route, verdict }) => `  ${shortened(route)}: ${verdict}`)];
}

function parameterLines({ parameters }: SimulationReport): string[] {
  const shown = parameters.filter(({ verdict }) => verdict !== 'costs little');
  if (shown.length === 0) return [];
  return [
    '',
    'Query parameters that make many keys:',
    ...textTable(
      ['parameter', 'requests', 'values', 'keys', 'without', 'hits at most', 'same size', 'verdict'],
      shown.map((row) => [
        shortened(row.name),
        countText(row.requests),
        countText(row.values),
        countText(row.keys),
        countText(row.keysWithout),
        `+${percent(row.gain)}`,
        row.compared === 0 ? '-' : `${percent(row.equalShare)} of ${row.compared}`,
        row.verdict,
      ]),
      true,
    ),
  ];
}

function recommendationLines({ recommendation }: SimulationReport): string[] {
  const { expected, gainOfIgnoring, reasons } = recommendation;
  const more =
    gainOfIgnoring > 0
      ? `, and up to ${percent(gainOfIgnoring)} more of all requests without the parameters that mean nothing`
      : '';
  return [
    `Recommended: ${percent(expected.hitRatio)} hits expected${more}`,
    ...reasons.map((reason) => `  ${printable(reason)}`),
    '  --write-config FILE writes it down for cachewarp proxy --config FILE',
  ];
}

function shortened(text: string): string {
  const safe = printable(text);
  return safe.length <= ROUTE_WIDTH ? safe : `${safe.slice(0, ROUTE_WIDTH - 1)}…`;
}
