/** Lines of columns that are as wide as they need be: the first to the left, the others to the right, the last as it comes. */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[], lastIsText = false): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all.map((row) =>
    row
      .map((cell, column) => {
        const isText = column === 0 || (lastIsText && column === head.length - 1);
        return isText ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!);
      })
      .join('  ')
      .trimEnd(),
  );
}
