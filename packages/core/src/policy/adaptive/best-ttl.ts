/** What the best ttl of an object depends on. All above 0. */
export interface TtlInputs {
  /** λ: changes a second. */
  readonly changeRate: number;
  /** r: requests a second. */
  readonly requestRate: number;
  /** μ: how many requests to the origin one outdated answer is worth. */
  readonly price: number;
}

/**
 * The ttl, in seconds, at which the requests to the origin and the outdated answers, priced at μ, cost least together. A cycle is the ttl
 * T and the wait for the next request, 1/r; it costs one request to the origin and μ·r·λT²/2 outdated answers. The least cost a second is
 * at μrλT²/2 + μλT = 1, so T = (√(1 + 2r/(μλ)) − 1) / r.
 *
 * Never more than 1/λ: beyond that the object has likely changed, and the square law no longer holds.
 */
export function bestTtl({ changeRate, requestRate, price }: TtlInputs): number {
  const unbounded = 1 / (price * changeRate);
  // The same with the root taken out of the numerator: it neither divides by r nor loses digits where r is small.
  const best = (2 * unbounded) / (Math.sqrt(1 + 2 * requestRate * unbounded) + 1);
  return Math.min(best, 1 / changeRate);
}
