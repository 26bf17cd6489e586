/** Whether text has no half characters (lone surrogates), which UTF-8 cannot write. */
export function isWellFormed(text: string): boolean {
  // Under `u` a pair is one character, so that only halves match.
  return !/\p{Surrogate}/u.test(text);
}
