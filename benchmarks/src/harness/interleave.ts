/** One figure, or one set of figures, per contestant and round. */
export interface Measured<Figure = number> {
  readonly name: string;
  /** In the order of the rounds. */
  readonly rounds: readonly Figure[];
}

/** Something to be measured: does its work and answers its figure (ns an operation, µs a request, …), or several. */
export interface Contestant<Figure = number> {
  readonly name: string;
  measure(): Promise<Figure>;
}

/**
 * Measures every contestant once a round, in turn, so that a machine that slows down or is shared slows all of them alike. The
 * order is reversed every other round.
 */
export async function interleave<Figure>(
  contestants: readonly Contestant<Figure>[],
  rounds: number,
): Promise<Measured<Figure>[]> {
  const figures = new Map<string, Figure[]>(contestants.map(({ name }) => [name, []]));
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
