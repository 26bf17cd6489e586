/** One figure per contestant and round. */
export interface Measured {
  readonly name: string;
  /** In the order of the rounds. */
  readonly rounds: readonly number[];
}

/** Something to be measured: does its work and answers one figure (ns an operation, µs a request, …). */
export interface Contestant {
  readonly name: string;
  measure(): Promise<number>;
}

/**
 * Measures every contestant once a round, in turn, so that a machine that slows down or is shared slows all of them alike. The
 * order is reversed every other round.
 */
export async function interleave(contestants: readonly Contestant[], rounds: number): Promise<Measured[]> {
  const figures = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  for (const contestant of contestants) await contestant.measure();
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? contestants : [...contestants].reverse();
    for (const contestant of order) figures.get(contestant.name)!.push(await contestant.measure());
  }
  return contestants.map(({ name }) => ({ name, rounds: figures.get(name)! }));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 0 ? (sorted[middle - 1]! + sorted[middle]!) / 2 : sorted[Math.floor(middle)]!;
}

/** Times `operation`, awaited `count` times in a row, in ns an operation. */
export async function nsPerOperation(count: number, operation: (index: number) => unknown): Promise<number> {
  const startedAt = process.hrtime.bigint();
  for (let index = 0; index < count; index++) await operation(index);
  return Number(process.hrtime.bigint() - startedAt) / count;
}

/** Times `operation`, called synchronously `count` times in a row, in ns an operation. */
export function nsPerCall(count: number, operation: (index: number) => unknown): number {
  let seen = 0;
  const startedAt = process.hrtime.bigint();
  for (let index = 0; index < count; index++) if (operation(index) !== undefined) seen++;
  const ns = Number(process.hrtime.bigint() - startedAt) / count;
  if (seen !== count)
    throw new Error(`${count - seen} of ${count} calls answered nothing: this is not what was to be measured`);
  return ns;
}
