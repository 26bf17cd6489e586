/** A longer copy of a typed array, zeros behind what was there. */
export function growArray<A extends Int32Array | Uint32Array | Float64Array>(array: A, length: number): A {
  const longer = new (array.constructor as new (length: number) => A)(length);
  longer.set(array);
  return longer;
}
