import { DistinctCounter } from './distinct-counter.js';
import { hashText } from './hash-text.js';

const MAX_NAMES = 256;
const MAX_NAME_LENGTH = 64;
const MAX_COMPARED = 256;

/** What is known of one query parameter. */
export class ParameterStats {
  requests = 0;
  /** Times that the answer without it could be compared: the same URL but for its value, one after the other. */
  compared = 0;
  /** Of these, how often the answers had the same size. */
  equal = 0;
  readonly values = new DistinctCounter(10, 128);
  readonly targets = new DistinctCounter(12, 512);
  readonly targetsWithout = new DistinctCounter(12, 512);
  /** By the rest of the URL, for the first few: the last value, and the size of its answer. */
  readonly last = new Map<number, { value: number; bytes: number }>();

  /** How many keys less there would be without it. */
  get keysSaved(): number {
    return Math.max(0, this.targets.count - this.targetsWithout.count);
  }
}

/**
 * Finds the query parameters that make many keys of few answers. Where the same URL with another value has an answer of the same size, the
 * parameter is likely to mean nothing to the origin. Bounded: of many names, the first few hundred are counted.
 */
export class ParameterTable {
  readonly #byName = new Map<string, ParameterStats>();

  /** @param bytes - of the answer, where it is a whole one of status 200; -1 otherwise */
  add(target: string, bytes: number): void {
    const question = target.indexOf('?');
    if (question === -1) return;
    const params = target.slice(question + 1).split('&', 64);
    const whole = hashText(target);
    for (const [index, param] of params.entries()) {
      const equals = param.indexOf('=');
      const stats = this.#of(equals === -1 ? param : param.slice(0, equals));
      if (stats === undefined) continue;
      stats.requests++;
      const value = hashText(param);
      stats.values.add(value);
      stats.targets.add(whole);
      const rest = params.filter((_, other) => other !== index).join('&');
      const without = hashText(`${target.slice(0, question)}?${rest}`);
      stats.targetsWithout.add(without);
      if (bytes >= 0) compare(stats, without, value, bytes);
    }
  }

  /** The parameters by how many keys they cost, the first the worst. */
  rows(): [name: string, stats: ParameterStats][] {
    return [...this.#byName].sort(([, one], [, other]) => other.keysSaved - one.keysSaved);
  }

  #of(name: string): ParameterStats | undefined {
    const known = this.#byName.get(name);
    if (known !== undefined || name === '' || name.length > MAX_NAME_LENGTH) return known;
    if (this.#byName.size >= MAX_NAMES) return undefined;
    const stats = new ParameterStats();
    // Copied: a piece of a line would keep the whole chunk that it was cut from.
    this.#byName.set(Buffer.from(name).toString(), stats);
    return stats;
  }
}

function compare(stats: ParameterStats, without: number, value: number, bytes: number): void {
  const before = stats.last.get(without);
  if (before === undefined) {
    if (stats.last.size < MAX_COMPARED) stats.last.set(without, { value, bytes });
    return;
  }
  if (before.value !== value) {
    stats.compared++;
    if (before.bytes === bytes) stats.equal++;
  }
  before.value = value;
  before.bytes = bytes;
}
