/*
 * Node 20 has no Symbol.metadata. Compilers look for it when a decorated class is defined, and hand out `context.metadata`
 * only if it is there; so it has to stand before the first class that uses our decorators, whatever else is imported.
 */
if (!('metadata' in Symbol)) {
  Object.defineProperty(Symbol, 'metadata', { value: Symbol.for('Symbol.metadata') });
}

/** Where a class keeps what its decorators have noted (TC39 decorator metadata). */
export const METADATA: symbol = (Symbol as unknown as { readonly metadata: symbol }).metadata;
