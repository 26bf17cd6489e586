import { median, type Measured } from './interleave.js';

/**
 * Prints a table: median, spread, and the ratio to the base. Ratios are taken round by round and their median is shown, so that
 * drift of the machine cancels out.
 */
export function printTable(title: string, unit: string, measured: readonly Measured[], baseName: string): void {
  const base = measured.find(({ name }) => name === baseName);
  if (base === undefined) throw new Error(`there is no contestant ${baseName}`);
  const rows = measured.map(({ name, rounds }) => {
    const ratios = rounds.map((figure, round) => figure / base.rounds[round]!);
    const spread = `${format(Math.min(...rounds))}–${format(Math.max(...rounds))}`;
    return [name, format(median(rounds)), spread, median(ratios).toFixed(2)];
  });
  const header = ['', `median ${unit}`, 'min–max', `× ${baseName}`];
  const widths = header.map((text, column) => Math.max(text.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join(' | ')} |`;
  console.log(`\n${title} (${base.rounds.length} interleaved rounds, Node ${process.version})\n`);
  console.log(line(header));
  console.log(
    `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`,
  );
  for (const row of rows) console.log(line(row));
}

function format(figure: number): string {
  if (figure >= 1000) return Math.round(figure).toLocaleString('en');
  return figure >= 100 ? figure.toFixed(0) : figure.toFixed(1);
}
