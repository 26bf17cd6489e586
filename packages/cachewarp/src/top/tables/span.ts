import { momentBefore, perSecond, type Totals } from '@cachewarp/admin/figures';
import type { TopState } from '../state.js';

/** Two moments that figures are taken between. */
export interface Span {
  readonly now: Totals;
  readonly before: Totals;
}

export function spanOf(traffic: TopState['traffic'], seconds: number): Span | undefined {
  const now = traffic.totals.at(-1);
  const before = momentBefore(traffic.totals, seconds);
  return now && before && { now, before };
}

/** A rate; undefined where there is no time that it could be over. */
export function rateIn(span: Span | undefined, read: (totals: Totals) => number | undefined): number | undefined {
  return span === undefined || span.now === span.before ? undefined : perSecond(read, span.now, span.before);
}

export function overText(span: Span | undefined): string {
  const seconds = span === undefined ? 0 : Math.round(span.now.at - span.before.at);
  return seconds === 0 ? 'no second seen yet' : `last ${seconds.toLocaleString('en')} s`;
}
