import { InvalidOptionError } from '../base/errors.js';
import type { Loader } from './load.js';

/** Loads the values of the keys that are missing: a list in the order of `keys`, or a map that may leave keys out (undefined). */
export type ManyLoader<K, V> = (
  keys: K[],
  context: { readonly signal: AbortSignal },
) => readonly V[] | ReadonlyMap<K, V> | Promise<readonly V[] | ReadonlyMap<K, V>>;

/**
 * One call of a loader of many keys, seen as one loader per key: the first that runs makes the call, each takes its part, and
 * the call is aborted when every key's load has been.
 */
export function shareOneLoad<K, V>(keys: readonly K[], loadMissing: ManyLoader<K, V>): Loader<V>[] {
  const controller = new AbortController();
  let aborted = 0;
  let call: Promise<readonly V[] | ReadonlyMap<K, V>> | undefined;
  const start = async (): Promise<readonly V[] | ReadonlyMap<K, V>> =>
    checkShape(await loadMissing([...keys], { signal: controller.signal }), keys.length);
  return keys.map((key, index) => async (context) => {
    context.signal.addEventListener('abort', () => {
      if (++aborted === keys.length) controller.abort(context.signal.reason);
    });
    const values = await (call ??= start());
    return (isList(values) ? values[index] : values.get(key)) as V;
  });
}

function checkShape<K, V>(values: readonly V[] | ReadonlyMap<K, V>, count: number): readonly V[] | ReadonlyMap<K, V> {
  if (values instanceof Map || (Array.isArray(values) && values.length === count)) return values;
  throw new InvalidOptionError(
    'loadMissing',
    `must return a Map or a list of ${count} values, one per missing key`,
    values,
  );
}

function isList<K, V>(values: readonly V[] | ReadonlyMap<K, V>): values is readonly V[] {
  return Array.isArray(values);
}
