import type { KeyPage, Rankings } from '../src/message/admin-answers.js';
import type { AdminClient } from './admin-client.js';
import { byId, el, fill } from './dom.js';
import { bytes, count, duration, percent } from './format.js';

/** What a tab shows: a ranking, or what is in memory. */
type Tab = keyof Rankings | 'memory';

const TABS: readonly (readonly [tab: Tab, label: string])[] = [
  ['requests', 'Most requested'],
  ['misses', 'Most missed'],
  ['bytes', 'Most bytes'],
  ['savedMs', 'Most origin time saved'],
  ['memory', 'In memory'],
];
const PAGE = 50;

/** Keys: those that lead, and those that are there. */
export class KeysPanel {
  readonly #client: AdminClient;
  readonly #open: (key: string) => void;
  readonly #body = byId('keys');
  #tab: Tab = 'requests';
  #top: Rankings | undefined;
  #prefix = '';
  #pages: KeyPage[] = [];
  #asked = 0;
  #due: ReturnType<typeof setTimeout> | undefined;

  /** @param open - shows everything known of a key */
  constructor(client: AdminClient, open: (key: string) => void) {
    this.#client = client;
    this.#open = open;
    const tabs = byId('key-tabs');
    fill(
      tabs,
      ...TABS.map(([tab, label]) =>
        el(
          'button',
          { type: 'button', role: 'tab', id: `tab-${tab}`, 'aria-controls': 'keys', onclick: () => this.#choose(tab) },
          label,
        ),
      ),
    );
    // As the tabs pattern of ARIA has it: one of them is in the tab order, arrows go to the others.
    tabs.addEventListener('keydown', (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step === undefined) return;
      const at = TABS.findIndex(([tab]) => tab === this.#tab);
      const [next] = TABS[(at + step + TABS.length) % TABS.length]!;
      this.#choose(next);
      byId(`tab-${next}`).focus();
    });
    this.#choose('requests');
  }

  showTop(top: Rankings): void {
    this.#top = top;
    if (this.#tab !== 'memory') this.#showRanking();
  }

  /** What is in memory may have changed. */
  refresh(): void {
    if (this.#tab === 'memory') void this.#load(true);
  }

  /** As {@link refresh}, but not with each of many changes. */
  refreshSoon(): void {
    if (this.#due !== undefined) return;
    this.#due = setTimeout(() => {
      this.#due = undefined;
      this.refresh();
    }, 1_000);
  }

  #choose(tab: Tab): void {
    this.#tab = tab;
    for (const [name] of TABS) {
      const button = byId(`tab-${name}`);
      button.setAttribute('aria-selected', String(name === tab));
      button.tabIndex = name === tab ? 0 : -1;
    }
    if (tab === 'memory') this.#showMemory();
    else this.#showRanking();
  }

  #showRanking(): void {
    const ranked = this.#top?.[this.#tab as keyof Rankings] ?? [];
    const head = ['Key', 'Requests', 'Misses', 'Hit', 'Bytes served', 'Origin time saved'];
    // Rows are new with every ranking: whoever is on one with the keyboard stays on its key.
    const focused = (document.activeElement as HTMLElement | null)?.dataset['key'];
    fill(
      this.#body,
      table(
        head,
        ranked.map(({ key, requests, misses, bytes: size, savedMs }) =>
          el(
            'tr',
            {},
            el('td', { class: 'mono' }, this.#keyButton(key)),
            el('td', { class: 'number' }, count(requests)),
            el('td', { class: 'number' }, count(misses)),
            el('td', { class: 'number' }, percent(requests === 0 ? undefined : (requests - misses) / requests)),
            el('td', { class: 'number' }, bytes(size)),
            el('td', { class: 'number' }, duration(savedMs)),
          ),
        ),
        this.#top === undefined ? 'Waiting for the first ranking…' : 'No requests yet.',
      ),
    );
    if (focused === undefined) return;
    const again = [...this.#body.querySelectorAll<HTMLElement>('button.link')].find(
      ({ dataset }) => dataset['key'] === focused,
    );
    again?.focus({ preventScroll: true });
  }

  #showMemory(): void {
    const input = el('input', {
      type: 'search',
      id: 'keys-prefix',
      placeholder: 'Begins with…',
      'aria-label': 'Only keys that begin with this',
      autocomplete: 'off',
      spellcheck: 'false',
      value: this.#prefix,
      oninput: () => {
        this.#prefix = input.value;
        void this.#load(false);
      },
    });
    const reload = el('button', { type: 'button', onclick: () => void this.#load(true) }, 'Reload');
    const total = el('span', { class: 'muted', id: 'keys-total' });
    fill(this.#body, el('div', { class: 'line' }, input, reload, total), el('div', { id: 'keys-list' }));
    void this.#load(false);
  }

  /** @param isQuiet - leaves what is shown until the new is there. Never rejects: what goes wrong is shown. */
  async #load(isQuiet: boolean): Promise<void> {
    const asked = ++this.#asked;
    if (!isQuiet) this.#pages = [];
    try {
      const page = await this.#ask(null);
      if (asked !== this.#asked || this.#tab !== 'memory') return;
      this.#pages = [page];
      this.#showPages();
    } catch (error) {
      if (asked === this.#asked && this.#tab === 'memory') this.#complain(error);
    }
  }

  #ask(cursor: string | null): Promise<KeyPage> {
    const query = new URLSearchParams({ prefix: this.#prefix, limit: String(PAGE) });
    if (cursor !== null) query.set('cursor', cursor);
    return this.#client.get<KeyPage>('keys', `?${query.toString()}`);
  }

  #showPages(): void {
    const keys = this.#pages.flatMap((page) => page.keys);
    const { total, cursor } = this.#pages.at(-1)!;
    byId('keys-total').textContent = `${keys.length} of ${total.toLocaleString('en')}`;
    const more = async (): Promise<void> => {
      try {
        this.#pages.push(await this.#ask(cursor));
        this.#showPages();
      } catch (error) {
        this.#complain(error);
      }
    };
    fill(
      byId('keys-list'),
      table(
        ['Key', 'State', 'Age', 'TTL left', 'Size', 'Tags'],
        keys.map(({ key, entries, freshness, ageMs, ttlLeftMs, size, tags }) =>
          el(
            'tr',
            {},
            el(
              'td',
              { class: 'mono' },
              this.#keyButton(key),
              entries > 1 && el('span', { class: 'muted' }, ` ${entries} variants`),
            ),
            el('td', { class: 'number' }, freshness),
            el('td', { class: 'number' }, duration(ageMs)),
            el('td', { class: 'number' }, ttlLeftMs === null ? 'never ends' : duration(ttlLeftMs)),
            el('td', { class: 'number' }, bytes(size)),
            el('td', {}, ...tags.slice(0, 6).map((tag) => el('span', { class: 'tag' }, tag))),
          ),
        ),
        this.#prefix === '' ? 'Nothing is kept in memory.' : 'No key in memory begins with this.',
      ),
      cursor !== null && el('button', { type: 'button', onclick: () => void more() }, 'More'),
    );
  }

  #complain(error: unknown): void {
    fill(byId('keys-list'), el('p', { class: 'complaint' }, (error as Error).message));
  }

  #keyButton(key: string): HTMLElement {
    return el('button', { type: 'button', class: 'link', 'data-key': key, onclick: () => this.#open(key) }, key);
  }
}

function table(head: readonly string[], rows: readonly HTMLElement[], whenEmpty: string): HTMLElement {
  const isNumber = (name: string): boolean => name !== 'Key' && name !== 'Tags';
  return el(
    'div',
    { class: 'scroll' },
    el(
      'table',
      {},
      el(
        'thead',
        {},
        el('tr', {}, ...head.map((name) => el('th', { scope: 'col', class: isNumber(name) && 'number' }, name))),
      ),
      el(
        'tbody',
        {},
        ...rows,
        rows.length === 0 && el('tr', {}, el('td', { class: 'empty', colspan: head.length }, whenEmpty)),
      ),
    ),
  );
}
