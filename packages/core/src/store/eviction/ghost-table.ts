const WAYS = 8;
/** Twice the room that is needed on average: a bucket then seldom fills before its records have grown too old. */
const SLACK = 2;

/**
 * Remembers the last so many keys that left, by the hashes of their names: whether a key is among them, not what it held.
 *
 * Each hash has one bucket of eight places, each with the hash and the number of the departure; a full bucket loses its
 * oldest. Looking takes eight comparisons at most, whatever the keys are, and nothing has to be taken out in order: a departure
 * is forgotten when enough others came after it. 16 bytes for each key that is remembered.
 *
 * After the ghost queue of S3-FIFO (see s3-fifo.ts), section 4.2 of the paper.
 */
export class GhostTable {
  #hashes = new Uint32Array(WAYS);
  #departures = new Uint32Array(WAYS);
  #now = 0;

  /** A key left. The last `span` departures are to be remembered. */
  add(hash: number, span: number): void {
    if (span * SLACK > this.#hashes.length) this.#grow(span * SLACK);
    this.#now = (this.#now + 1) >>> 0;
    this.#write(hash || 1, this.#now);
  }

  /** Whether a key is among the last `span` departures. It is forgotten then: it has come back. */
  take(hash: number, span: number): boolean {
    const wanted = hash || 1;
    const bucket = this.#bucketOf(wanted);
    for (let place = bucket; place < bucket + WAYS; place++) {
      if (this.#hashes[place] !== wanted) continue;
      this.#hashes[place] = 0;
      return this.#ageAt(place) < span;
    }
    return false;
  }

  clear(): void {
    this.#hashes = new Uint32Array(WAYS);
    this.#departures = new Uint32Array(WAYS);
    this.#now = 0;
  }

  /** The high bits choose the bucket: a hash in it is told from others by all of its bits. */
  #bucketOf(hash: number): number {
    return (Math.imul(hash, 0x9e3779b1) >>> 7) & (this.#hashes.length - WAYS);
  }

  #ageAt(place: number): number {
    return (this.#now - this.#departures[place]!) >>> 0;
  }

  #write(hash: number, departure: number): void {
    const bucket = this.#bucketOf(hash);
    let chosen = bucket;
    let oldest = -1;
    for (let place = bucket; place < bucket + WAYS; place++) {
      const found = this.#hashes[place]!;
      const age = found === hash || found === 0 ? Infinity : this.#ageAt(place);
      if (age > oldest || found === hash) {
        oldest = age;
        chosen = place;
      }
      if (found === hash) break;
    }
    this.#hashes[chosen] = hash;
    this.#departures[chosen] = departure;
  }

  #grow(needed: number): void {
    const hashes = this.#hashes;
    const departures = this.#departures;
    let length = hashes.length;
    while (length < needed) length *= 2;
    this.#hashes = new Uint32Array(length);
    this.#departures = new Uint32Array(length);
    for (let place = 0; place < hashes.length; place++) {
      if (hashes[place] !== 0) this.#write(hashes[place]!, departures[place]!);
    }
  }
}
