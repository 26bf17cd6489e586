/**
 * How many of the answers given since the last look were out of date, when this look found a change. It may have come at any time of the
 * gap: at rate λ, an instant t of it lies behind the first change with probability (1 − e^−λt) / (1 − e^−λg). This is the mean over
 * the time during which answers were given.
 *
 * @param servedS - seconds, from the last look on, during which answers came from the cache; at most the gap
 */
export function outdatedAnswers(hits: number, servedS: number, gapS: number, changeRate: number): number {
  if (hits === 0 || gapS <= 0) return 0;
  const served = Math.min(servedS, gapS) * changeRate;
  const gap = gapS * changeRate;
  // For small x, 1 − (1 − e^−x)/x is x/2 and 1 − e^−x is x; written out, both would be lost in rounding.
  if (gap < 1e-5) return (hits * served) / (2 * gap);
  const meanBehind = served < 1e-5 ? served / 2 : 1 + Math.expm1(-served) / served;
  return hits * Math.min(1, meanBehind / -Math.expm1(-gap));
}
