/** Keys of the log last for this long after the last sign of life of any process that uses it, in ms. */
export const LOG_TTL_MS = 7 * 24 * 3_600_000;
