import { count, percent } from '../format.js';
import type { Cell, Column } from '../table.js';

/** Shares below and above which a hit ratio has a colour. */
const LOW = 0.5;
const HIGH = 0.9;

export function column(
  id: string,
  title: string,
  width: number,
  rank: number,
  align: Column['align'] = 'right',
): Column {
  return { id, title, width, rank, align };
}

export function cell(text: string, value: number | undefined): Cell {
  return value === undefined ? { text, mood: 'dim' } : { text, value };
}

export function numberCell(value: number | undefined): Cell {
  return cell(count(value), value);
}

export function partCell(part: number | undefined): Cell {
  return cell(percent(part), part);
}

export function ratioCell(part: number | undefined): Cell {
  const shown = partCell(part);
  if (part === undefined) return shown;
  return { ...shown, ...(part >= HIGH ? { mood: 'good' } : part < LOW ? { mood: 'warn' } : {}) };
}

export function alarming(shown: Cell): Cell {
  return (shown.value ?? 0) > 0 ? { ...shown, mood: 'bad' } : shown;
}
