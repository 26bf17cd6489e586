let last = 0;

/** A number by which listeners tell which event ends what another began; unlike any other of this process. */
export function nextEventId(): number {
  return ++last;
}
