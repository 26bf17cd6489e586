/*
 * What the page and `cachewarp top` make of the metrics that the admin API tells: `@cachewarp/admin/figures`. It stands among the modules of
 * the page, because a browser asks for them one by one, and only for those that lie in this folder; it knows nothing of a page.
 */
export { momentBefore, sumUp } from './totals.js';
export type { Histogram, OriginTotals, TierTotals, Totals, Words } from './totals.js';
export { grown, hitRatio, perSecond, quantileMs, sum } from './rates.js';
