import type { LineFault } from './log-request.js';

/** A line that is no request. */
export interface MalformedLine {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly fault: LineFault;
  /** How it begins. */
  readonly text: string;
}

const SHOWN = 5;
const SHOWN_LENGTH = 120;

/** Counts the lines that are no requests, and keeps the first few to show. */
export class MalformedLines {
  readonly first: MalformedLine[] = [];
  readonly byFault = new Map<LineFault, number>();
  count = 0;

  add(file: string, line: number, fault: LineFault, text: string): void {
    this.count++;
    this.byFault.set(fault, (this.byFault.get(fault) ?? 0) + 1);
    if (this.first.length >= SHOWN) return;
    // Copied, lest a few characters keep the chunk that they were cut from.
    const shown = text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
    this.first.push({ file, line, fault, text: Buffer.from(shown).toString() });
  }
}
