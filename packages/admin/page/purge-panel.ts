import type { AuditRecord, Invalidated } from '../src/message/admin-answers.js';
import type { AdminClient } from './admin-client.js';
import { byId, el, fill } from './dom.js';
import { count } from './format.js';

const HISTORY = 50;
/** Code may invalidate many times a second: the history is read no oftener than this. */
const REFRESH_MS = 2_000;

/** The purge console: what it would drop is seen before anything is dropped, and what was dropped is written down. */
export class PurgePanel {
  readonly #client: AdminClient;
  readonly #onPurged: () => void;
  readonly #kind = byId<HTMLSelectElement>('purge-kind');
  readonly #name = byId<HTMLInputElement>('purge-name');
  readonly #reason = byId<HTMLInputElement>('purge-reason');
  readonly #go = byId<HTMLButtonElement>('purge-go');
  readonly #form = byId<HTMLFormElement>('purge-form');

  #due: ReturnType<typeof setTimeout> | undefined;

  /** @param onPurged - told when something was dropped */
  constructor(client: AdminClient, onPurged: () => void) {
    this.#client = client;
    this.#onPurged = onPurged;
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#preview();
    });
    // What was previewed is not what stands there now.
    this.#form.addEventListener('input', () => this.#disarm());
    this.#kind.addEventListener('change', () => this.#showKind());
    byId('history-all').addEventListener('change', () => void this.refresh());
    this.#go.addEventListener('click', () => void this.#purge());
    this.#showKind();
  }

  /** Fills the form in, to be previewed and sent by hand. */
  fillIn(kind: 'key' | 'tag' | 'prefix', name: string): void {
    this.#kind.value = kind;
    this.#name.value = name;
    this.#showKind();
    this.#disarm();
    byId('purge').scrollIntoView({ block: 'center' });
    byId('purge-preview').focus();
  }

  /** Something was invalidated: loads the history, soon. */
  refreshSoon(): void {
    if (this.#due !== undefined) return;
    this.#due = setTimeout(() => {
      this.#due = undefined;
      void this.refresh();
    }, REFRESH_MS);
  }

  /** Loads the history. Never rejects. */
  async refresh(): Promise<void> {
    if (!this.#client.has('audit')) return;
    try {
      const by = byId<HTMLInputElement>('history-all').checked ? '' : '&by=admin%20API';
      const query = `?limit=${HISTORY}${by}`;
      const { invalidations } = await this.#client.get<{ invalidations: AuditRecord[] }>('audit', query);
      this.#showHistory(invalidations);
    } catch (error) {
      fill(byId('history'), emptyRow((error as Error).message));
    }
  }

  #showKind(): void {
    const isAll = this.#kind.value === 'all';
    this.#name.required = !isAll;
    byId('purge-name-label').hidden = isAll;
    this.#name.placeholder =
      { tag: 'team:7', key: 'GET:http://…/a', prefix: 'GET:http://…/api/' }[this.#kind.value] ?? '';
  }

  #disarm(): void {
    this.#go.disabled = true;
    this.#go.textContent = 'Purge';
    fill(byId('purge-answer'));
  }

  get #order(): Record<string, unknown> {
    const { value: kind } = this.#kind;
    const soft = new FormData(this.#form).get('how') === 'soft';
    return { [kind]: kind === 'all' ? true : this.#name.value, soft };
  }

  async #preview(): Promise<void> {
    this.#disarm();
    const answer = byId('purge-answer');
    fill(answer, 'Looking…');
    try {
      const order = this.#order;
      const { entries, keys = [] } = await this.#client.post<Invalidated>('invalidate', { ...order, dryRun: true });
      const verb = order['soft'] === true ? 'expire' : 'drop';
      fill(
        answer,
        el(
          'strong',
          {},
          entries === 0 ? 'Nothing in memory is concerned.' : `Would ${verb} ${entriesText(entries)} in memory.`,
        ),
        entries === 0 && ' What is stored elsewhere, or is being loaded now, is concerned all the same.',
        keys.length > 0 && el('ul', { 'aria-label': 'Keys concerned' }, ...keys.map((key) => el('li', {}, key))),
      );
      this.#go.textContent =
        entries === 0 ? 'Purge anyway' : `${order['soft'] === true ? 'Expire' : 'Purge'} ${entriesText(entries)}`;
      this.#go.disabled = false;
    } catch (error) {
      complain(answer, error);
    }
  }

  async #purge(): Promise<void> {
    const answer = byId('purge-answer');
    this.#go.disabled = true;
    try {
      const order = {
        ...this.#order,
        reason: this.#reason.value === '' ? 'dashboard' : `dashboard: ${this.#reason.value}`,
      };
      const { entries } = await this.#client.post<Invalidated>('invalidate', order);
      fill(answer, el('strong', {}, `Done: ${entriesText(entries)}.`));
      this.#go.textContent = 'Purge';
      this.#onPurged();
      void this.refresh();
    } catch (error) {
      this.#go.disabled = false;
      complain(answer, error);
    }
  }

  #showHistory(records: readonly AuditRecord[]): void {
    fill(
      byId('history'),
      ...records.map(({ at, targets, soft, entries, by, reason }) =>
        el(
          'tr',
          {},
          el('td', { class: 'time', title: at }, new Date(at).toLocaleTimeString('en-GB')),
          el(
            'td',
            { class: 'mono' },
            targets.slice(0, 3).join(', '),
            targets.length > 3 && ` and ${targets.length - 3} more`,
            soft && el('span', { class: 'muted' }, ' soft'),
          ),
          el('td', { class: 'number' }, entries === null ? '–' : count(entries)),
          el('td', {}, by ?? 'unknown', reason !== null && el('span', { class: 'muted' }, ` ${reason}`)),
        ),
      ),
      records.length === 0 && emptyRow('Nothing was purged yet.'),
    );
  }
}

function entriesText(entries: number): string {
  return `${entries.toLocaleString('en')} ${entries === 1 ? 'entry' : 'entries'}`;
}

function emptyRow(text: string): HTMLElement {
  return el('tr', {}, el('td', { class: 'empty', colspan: 4 }, text));
}

function complain(where: HTMLElement, error: unknown): void {
  fill(where, el('span', { class: 'complaint' }, (error as Error).message));
}
