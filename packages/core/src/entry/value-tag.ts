/** Values nested deeper than this are refused, in writing and in reading. */
export const MAX_VALUE_DEPTH = 500;

/**
 * How a value stands in JSON that JSON itself cannot say: under the name of its type. An object with a member `$` of its own
 * is written as a tag, too, named `object`, so that no data is ever taken for a tag.
 */
export interface ValueTag {
  readonly $: string;
  readonly v?: unknown;
}
