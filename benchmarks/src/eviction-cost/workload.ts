const KEY_LENGTH = 50;
const SKEW = 0.9;

/** Keys of 50 characters. */
export function makeKeys(count: number): string[] {
  const prefix = '/api/v1/tenants/acme/products/by-category/';
  return Array.from({ length: count }, (_, index) =>
    copyOf(prefix + String(index).padStart(KEY_LENGTH - prefix.length, '0')),
  );
}

/** An equal key in one piece of memory of its own. */
export function copyOf(key: string): string {
  return Buffer.from(key, 'latin1').toString('latin1');
}

/** Requests for `count` things, some far more often than others (Zipf), the same ones each time. */
export function makeRequests(count: number, length: number): Uint32Array {
  const upTo = new Float64Array(count);
  let sum = 0;
  for (let rank = 0; rank < count; rank++) upTo[rank] = sum += 1 / (rank + 1) ** SKEW;
  let state = 42;
  return Uint32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return scatter(firstAbove(upTo, (state / 2 ** 32) * sum), count);
  });
}

function firstAbove(upTo: Float64Array, wanted: number): number {
  let [low, high] = [0, upTo.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (upTo[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What is popular lies nowhere in particular. 7,919 is a prime, so each rank has a place of its own. */
function scatter(rank: number, count: number): number {
  return (rank * 7_919) % count;
}
