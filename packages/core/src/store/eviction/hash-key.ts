/**
 * 32 bits of a key, for the places where a key is remembered without being kept. Two FNV-1a lanes, one for each other
 * character, so that the processor multiplies two at a time; then the mixing steps of MurmurHash3, because low and high bits
 * are used alone.
 */
export function hashKey(key: string): number {
  let even = 0x811c9dc5 ^ key.length;
  let odd = 0x9747b28c;
  const { length } = key;
  const pairs = length - (length & 1);
  for (let index = 0; index < pairs; index += 2) {
    even = Math.imul(even ^ key.charCodeAt(index), 0x01000193);
    odd = Math.imul(odd ^ key.charCodeAt(index + 1), 0x01000193);
  }
  if (pairs !== length) even = Math.imul(even ^ key.charCodeAt(pairs), 0x01000193);
  return spread(even ^ Math.imul(odd, 0x85ebca6b));
}

/** Mixes 32 bits so that each bit of the answer hangs on every bit given. */
export function spread(bits: number): number {
  let mixed = bits ^ (bits >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
