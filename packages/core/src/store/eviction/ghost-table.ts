const WAYS = 8;
/** Hash and departure lie side by side, so that a bucket is one line of the processor's cache. */
const BUCKET_WORDS = 2 * WAYS;
/** Twice the room that is needed on average: a bucket then seldom fills before its records have grown too old. */
const SLACK = 2;

/**
 * Remembers the last so many keys that left, by the hashes of their names: whether a key is among them, not what it held.
 *
 * Each hash has one bucket of eight places, each with the hash and the number of the departure; a full bucket loses its
 * oldest. Looking takes eight comparisons at most, whatever the keys are, and nothing has to be taken out in order: a departure
 * is forgotten when enough others came after it. 16 to 32 bytes for each key that is remembered.
 *
 * After the ghost queue of S3-FIFO (see s3-fifo.ts), section 4.2 of the paper.
 */
export class GhostTable {
  #words = new Uint32Array(BUCKET_WORDS);
  #now = 0;

  /** A key left. The last `span` departures are to be remembered. */
  add(hash: number, span: number): void {
    if (span * SLACK * 2 > this.#words.length) this.#grow(span * SLACK * 2);
    this.#now = (this.#now + 1) >>> 0;
    this.#write(hash || 1, this.#now);
  }

  /** Whether a key is among the last `span` departures. It is forgotten then: it has come back. */
  take(hash: number, span: number): boolean {
    const wanted = hash || 1;
    const bucket = this.#bucketOf(wanted);
    for (let word = bucket; word < bucket + BUCKET_WORDS; word += 2) {
      if (this.#words[word] !== wanted) continue;
      this.#words[word] = 0;
      return this.#ageAt(word) < span;
    }
    return false;
  }

  clear(): void {
    this.#words = new Uint32Array(BUCKET_WORDS);
    this.#now = 0;
  }

  /** The high bits choose the bucket: a hash in it is told from others by all of its bits. */
  #bucketOf(hash: number): number {
    return (Math.imul(hash, 0x9e3779b1) >>> 6) & (this.#words.length - BUCKET_WORDS);
  }

  #ageAt(word: number): number {
    return (this.#now - this.#words[word + 1]!) >>> 0;
  }

  /** Takes the place of the same key, or a free one, or the oldest one's. */
  #write(hash: number, departure: number): void {
    const bucket = this.#bucketOf(hash);
    let chosen = bucket;
    let oldest = -1;
    for (let word = bucket; word < bucket + BUCKET_WORDS; word += 2) {
      const found = this.#words[word]!;
      if (found === hash) {
        chosen = word;
        break;
      }
      const age = found === 0 ? 2 ** 32 : this.#ageAt(word);
      if (age > oldest) {
        oldest = age;
        chosen = word;
      }
    }
    this.#words[chosen] = hash;
    this.#words[chosen + 1] = departure;
  }

  #grow(needed: number): void {
    const words = this.#words;
    let { length } = words;
    while (length < needed) length *= 2;
    this.#words = new Uint32Array(length);
    for (let word = 0; word < words.length; word += 2) {
      if (words[word] !== 0) this.#write(words[word]!, words[word + 1]!);
    }
  }
}
