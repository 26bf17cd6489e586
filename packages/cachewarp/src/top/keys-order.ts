import type { Order, TopState } from './state.js';

/** Asks for the keys that lead and those that are in memory; a filter that begins a key reaches those that are not listed otherwise. */
export function keysOrder({ tables }: TopState): Order {
  const { filter } = tables.keys;
  return { kind: 'keys', prefix: /^\S+$/.test(filter) && !filter.startsWith('-') ? filter : '' };
}
