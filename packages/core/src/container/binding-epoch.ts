let epoch = 0;

/**
 * Counts the changes of what calls are bound to, of instances and of the root container: what was found for an instance
 * stays right while it stands still.
 */
export function bindingEpoch(): number {
  return epoch;
}

/** Says that some instance, or the root container, has another Cache from now on. */
export function raiseBindingEpoch(): void {
  epoch++;
}
