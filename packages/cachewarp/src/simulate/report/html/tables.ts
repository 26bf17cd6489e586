import type { ParameterRow, RouteRow } from '../../simulation-report.js';
import { bytesText, countText, percent, printable } from '../format.js';
import { escapeHtml } from './escape-html.js';

/** A table whose first column is names. */
export function htmlTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[], tag: string): string =>
    `<tr>${row.map((cell) => `<${tag}>${escapeHtml(cell.trim())}</${tag}>`).join('')}</tr>`;
  return `<div class="scroll numbers"><table>${cells(head, 'th')}${rows.map((row) => cells(row, 'td')).join('')}</table></div>`;
}

/** The routes, with a bar of hits in a frame of what could be. Columns that a phone has no room for are left out there. */
export function routeTable(routes: readonly RouteRow[]): string {
  const rows = routes.map((row) => {
    const isGood = row.verdict === 'worth it';
    return [
      `<tr><td class="name">${escapeHtml(printable(row.route))}</td>`,
      `<td>${countText(row.requests)}</td>`,
      `<td class="wide">${bar(row.hitRatio, row.ceiling)}</td>`,
      `<td>${percent(row.hitRatio)}</td>`,
      `<td class="wide">${percent(row.ceiling)}</td>`,
      `<td class="wide">${countText(row.originRequests)}</td>`,
      `<td class="wide">${bytesText(row.originBytes)}</td>`,
      `<td class="wide">${percent(row.changeShare)}</td>`,
      `<td class="text ${isGood ? 'good' : row.verdict === 'little gain' ? '' : 'bad'}">${row.verdict}</td></tr>`,
    ].join('');
  });
  return `<section><h2>Which routes are worth it</h2><p class="soft">The bar is the part of requests that are hits; the mark is the ceiling of the route.</p><div class="scroll"><table><tr><th>route</th><th>requests</th><th class="wide"></th><th>hits</th><th class="wide">ceiling</th><th class="wide">to origin</th><th class="wide">origin bytes</th><th class="wide">changed</th><th class="text">verdict</th></tr>${rows.join('')}</table></div></section>`;
}

/** The query parameters that make many keys; nothing where there are none. */
export function parameterTable(parameters: readonly ParameterRow[]): string {
  if (parameters.length === 0) return '';
  const rows = parameters.map((row) =>
    [
      `<tr><td class="name">${escapeHtml(printable(row.name))}</td>`,
      `<td>${countText(row.requests)}</td>`,
      `<td class="wide">${countText(row.values)}</td>`,
      `<td class="wide">${countText(row.keys)}</td>`,
      `<td class="wide">${countText(row.keysWithout)}</td>`,
      `<td>+${percent(row.gain)}</td>`,
      `<td class="wide">${row.compared === 0 ? '–' : `${percent(row.equalShare)} of ${countText(row.compared)}`}</td>`,
      `<td class="text ${row.verdict === 'looks safe to ignore' ? 'good' : ''}">${row.verdict}</td></tr>`,
    ].join(''),
  );
  return `<section><h2>Which parameters make many keys</h2><p class="soft">Where URLs that differ in one parameter alone have answers of the same size, it is likely to mean nothing to the origin.</p><div class="scroll"><table><tr><th>parameter</th><th>requests</th><th class="wide">values</th><th class="wide">keys</th><th class="wide">without it</th><th>hits at most</th><th class="wide">same size</th><th class="text">verdict</th></tr>${rows.join('')}</table></div></section>`;
}

function bar(value: number, ceiling: number): string {
  const mark = Math.min(98, 100 * ceiling);
  return `<span class="meter"><i style="width:${(100 * value).toFixed(1)}%"></i><u style="left:${mark.toFixed(1)}%"></u></span>`;
}
