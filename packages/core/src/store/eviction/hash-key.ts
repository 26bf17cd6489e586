/**
 * 32 bits of a key, for the places where a key is remembered without being kept: FNV-1a over its characters, then the mixing
 * steps of MurmurHash3, because low and high bits are used alone. Reading a character takes longer than multiplying by it.
 * The number is a signed one, which V8 keeps in a field without an object of its own.
 */
export function hashKey(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  return spread(hash);
}

/** Mixes 32 bits so that each bit of the answer hangs on every bit given. */
export function spread(bits: number): number {
  let mixed = bits ^ (bits >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
