import { DecodeError } from '../base/errors.js';
import { TYPED_ARRAYS } from '../base/value-kind.js';

/**
 * A value of the named type with memory of its own, holding a copy of `bytes`.
 * @throws DecodeError when there is no such type, or the bytes do not fill its elements
 */
export function copyBytes(type: string, bytes: Uint8Array): ArrayBuffer | ArrayBufferView {
  if (type === 'Buffer') {
    // Not from Buffer's pool: a small value that is kept long would keep a whole slab of it alive.
    const copy = Buffer.allocUnsafeSlow(bytes.length);
    copy.set(bytes);
    return copy;
  }
  const memory = new ArrayBuffer(bytes.length);
  new Uint8Array(memory).set(bytes);
  if (type === 'ArrayBuffer') return memory;
  if (type === 'DataView') return new DataView(memory);
  const Type = TYPED_ARRAYS.get(type);
  if (Type === undefined || bytes.length % Type.BYTES_PER_ELEMENT !== 0) {
    throw new DecodeError(`${bytes.length} bytes do not make a ${JSON.stringify(type)}`);
  }
  return new Type(memory);
}
