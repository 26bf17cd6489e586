/** An object: how often it is asked for, and when it changes. Times in seconds from the beginning of the run. */
export interface ChangingObject {
  readonly name: string;
  /** Requests a second. */
  readonly requestRate: number;
  /** How long before the beginning it changed last. */
  readonly quietS: number;
  /** In order. */
  readonly changes: Float64Array;
}

/** What is run: objects, and for how long. */
export interface Workload {
  readonly objects: readonly ChangingObject[];
  readonly durationS: number;
}

/** The place of the first change after an instant; the number of changes when there is none. */
export function firstAfter({ changes }: ChangingObject, instant: number): number {
  let low = 0;
  let high = changes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (changes[middle]! > instant) high = middle;
    else low = middle + 1;
  }
  return low;
}
