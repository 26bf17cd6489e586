import type { EntryTable } from './entry-table.js';
import { TOTALS_KEY } from './layout.js';
import type { Space } from './space.js';
import { decodeTotals } from './totals.js';

/** Marks that wait to be written; beyond it, new ones are lost, and with them a little of what eviction knows. */
const MAX_WAITING = 200;

/**
 * What this process has read, for the eviction that all processes share. Written now and then, and only where room will have to be made
 * before long, so that a read costs no write.
 */
export class ReadMarks {
  readonly #space: Space;
  readonly #entries: EntryTable;
  readonly #waiting = new Map<string, Buffer>();

  constructor(space: Space, entries: EntryTable) {
    this.#space = space;
    this.#entries = entries;
  }

  add(id: Buffer): void {
    if (this.#waiting.size < MAX_WAITING) this.#waiting.set(id.toString('latin1'), id);
  }

  /** Never throws. */
  flush(): void {
    if (this.#waiting.size === 0) return;
    const ids = [...this.#waiting.values()];
    this.#waiting.clear();
    try {
      const { bytes } = this.#space.read((db) => decodeTotals(db.get(TOTALS_KEY)));
      if (!this.#entries.isFillingUp(bytes)) return;
      this.#space.remove((transaction) => this.#entries.touch(transaction, ids));
    } catch {
      // Marks are hints. What is at fault with the disk is told to whoever reads or writes.
    }
  }
}
