/**
 * Makes a test for names out of patterns in which one `*` stands for any text. No regular expressions: each test looks at a name once
 * per pattern.
 */
export function compileNamePatterns(patterns: readonly string[]): (name: string) => boolean {
  const exact = new Set<string>();
  const open: { readonly start: string; readonly end: string }[] = [];
  for (const pattern of patterns) {
    const star = pattern.indexOf('*');
    if (star === -1) exact.add(pattern);
    else open.push({ start: pattern.slice(0, star), end: pattern.slice(star + 1) });
  }
  return (name) =>
    exact.has(name) ||
    open.some(
      ({ start, end }) => name.length >= start.length + end.length && name.startsWith(start) && name.endsWith(end),
    );
}
