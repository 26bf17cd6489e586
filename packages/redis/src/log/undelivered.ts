import type { LogRecord, Marker } from '@cachewarp/core';
import { randomUUID } from 'node:crypto';

/** A record on its way into the log. */
export interface Outgoing {
  readonly record: Omit<LogRecord, 'seq'>;
  /** Names it, so that it is appended once however often it is sent. */
  readonly token: string;
  /** Whether it may have arrived although nothing was heard. */
  wasSent: boolean;
}

const EVERYTHING: Marker = { kind: 'all', name: '' };

/** Records that wait for Redis, oldest first. Bounded by targets: beyond it they become one that names everything. */
export class Undelivered {
  readonly #maxTargets: number;
  #records: Outgoing[] = [];
  #targets = 0;

  constructor(maxTargets: number) {
    this.#maxTargets = maxTargets;
  }

  /** How many records wait. */
  get size(): number {
    return this.#records.length;
  }

  /** All that wait, oldest first. */
  get all(): readonly Outgoing[] {
    return this.#records;
  }

  get first(): Outgoing | undefined {
    return this.#records[0];
  }

  add(outgoing: Outgoing): void {
    this.#records.push(outgoing);
    this.#targets += outgoing.record.markers.length;
    if (this.#targets <= this.#maxTargets) return;
    const { at, by } = outgoing.record;
    const all = { markers: [EVERYTHING], soft: false, at, by, reason: 'too many invalidations waited' };
    // Another record than any of them, and so by another name: one that arrived unheard must not stand for it.
    this.#records = [{ record: all, token: randomUUID(), wasSent: false }];
    this.#targets = 1;
  }

  delivered(outgoing: Outgoing): void {
    const at = this.#records.indexOf(outgoing);
    if (at < 0) return;
    this.#records.splice(at, 1);
    this.#targets -= outgoing.record.markers.length;
  }
}
