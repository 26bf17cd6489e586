import { randomUUID } from 'node:crypto';
import { RecordHistory, type EventBus, type InvalidationLog, type LogListener, type LogRecord } from '@cachewarp/core';
import type { TextStore } from './keyv-like.js';
import type { Names } from './names.js';
import type { Versions } from './versions.js';

/** More records than these do not wait for an adapter that is away: then everything is invalidated when it is back. */
const MAX_WAITING = 1_000;
/** After so long without an answer, memory is no longer trusted beyond that age, in ms. */
const SILENT_AFTER_MS = 5_000;

/** What a {@link KeyvLog} stands on. */
export interface KeyvLogParts {
  readonly name: string;
  readonly texts: TextStore;
  readonly names: Names;
  readonly versions: Versions;
  readonly events: EventBus;
}

type Unplaced = Omit<LogRecord, 'seq'>;

/**
 * The order of this process's invalidations. Others learn of them by the versions of their targets, which are kept in the adapter: at every
 * read from there, and for what they have in memory by looking now and then whether anything was invalidated at all.
 */
export class KeyvLog implements InvalidationLog {
  readonly epoch = randomUUID() as string;
  /** Values that are set need a version, too. */
  readonly isShared = true;
  readonly #parts: KeyvLogParts;
  readonly #listeners = new Set<LogListener>();
  readonly #history = new RecordHistory();
  #waiting: Unplaced[] = [];
  #delivering: Promise<void> | undefined;
  #position = 0;
  #changes: string | undefined;
  #isPolling = false;
  #heardAt = performance.now();
  #isSilent = false;

  constructor(parts: KeyvLogParts) {
    this.#parts = parts;
  }

  get position(): number {
    return this.#position;
  }

  async append(record: Unplaced): Promise<LogRecord> {
    try {
      await this.deliver();
      await this.#write(record);
    } catch (error) {
      this.#keep(record, error);
    }
    // Only now: an entry that was read from the adapter before counts as older than the record.
    const placed: LogRecord = { ...record, seq: ++this.#position };
    this.#history.add(placed);
    for (const listener of this.#listeners) listener.onRecord(placed);
    return placed;
  }

  subscribe(listener: LogListener): () => void {
    this.#listeners.add(listener);
    listener.onRestart?.({ epoch: this.epoch, position: this.#position, floor: 0, markers: [] }, 'joined');
    return () => this.#listeners.delete(listener);
  }

  recent(limit: number): readonly LogRecord[] {
    return this.#history.recent(limit);
  }

  /** Delivers what waits, once for all who ask. @throws what is at fault with the adapter */
  async deliver(): Promise<void> {
    if (this.#waiting.length === 0) return;
    this.#delivering ??= this.#deliverAll().finally(() => (this.#delivering = undefined));
    await this.#delivering;
  }

  /** Looks whether anything was invalidated since the last look: then what is in memory may be older. Never rejects. */
  async poll(): Promise<void> {
    if (this.#isPolling) return;
    this.#isPolling = true;
    try {
      await this.deliver();
      const { names, texts, versions } = this.#parts;
      const changes = (await texts.get(names.changes)) ?? (await versions.renew(names.changes));
      this.#heardAt = performance.now();
      if (this.#isSilent) this.#setSilent(false);
      if (this.#changes !== undefined && this.#changes !== changes) this.#restart();
      this.#changes = changes;
    } catch {
      // Whoever reads is told what is at fault; here it only means that nothing was heard.
      if (!this.#isSilent && performance.now() - this.#heardAt > SILENT_AFTER_MS) this.#setSilent(true);
    } finally {
      this.#isPolling = false;
    }
  }

  close(): Promise<void> {
    this.#listeners.clear();
    return Promise.resolve();
  }

  async #deliverAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#write(this.#waiting[0]!);
      this.#waiting.shift();
    }
    this.#parts.events.emit('undelivered', { store: this.#parts.name, waiting: 0 });
  }

  async #write({ markers }: Unplaced): Promise<void> {
    const { names, versions } = this.#parts;
    const isWide = markers.some(({ kind }) => kind !== 'key');
    // First: who sees one of the targets' new versions must see that something has changed.
    await versions.renew(names.changes);
    if (isWide) await versions.renew(names.wideChanges);
    const targets = markers.map(({ kind, name }) => {
      // Versions are found by name, and nobody knows an entry's prefixes.
      return kind === 'key' ? names.key(name) : kind === 'tag' ? names.tag(name) : names.all;
    });
    await Promise.all([...new Set(targets)].map((target) => versions.renew(target)));
  }

  #keep(record: Unplaced, error: unknown): void {
    const { name, events } = this.#parts;
    if (this.#waiting.length === 0) events.emit('storeError', { store: name, operation: 'append', error });
    this.#waiting.push(record);
    if (this.#waiting.length > MAX_WAITING) {
      this.#waiting.splice(1, Infinity, { markers: [{ kind: 'all', name: '' }], soft: false, at: record.at });
    }
    events.emit('undelivered', { store: name, waiting: this.#waiting.length });
  }

  #restart(): void {
    const position = ++this.#position;
    const state = { epoch: this.epoch, position, floor: position, markers: [] };
    for (const listener of this.#listeners) listener.onRestart?.(state, 'gap');
    this.#parts.events.emit('logGap', { store: this.#parts.name, reason: 'gap', position });
  }

  #setSilent(isSilent: boolean): void {
    this.#isSilent = isSilent;
    for (const listener of this.#listeners) listener.onSilence?.(isSilent, SILENT_AFTER_MS);
    this.#parts.events.emit('logSilence', { store: this.#parts.name, isSilent });
  }
}
