/** A settled load: of what, what came, when (ms since the epoch), and how long it took (ms). */
export interface LoadResult {
  readonly key: string;
  readonly value: unknown;
  readonly isError: boolean;
  readonly at: number;
  readonly loadMs: number;
}
