import type { Happening } from '../src/message/admin-answers.js';
import { byId, el, fill } from './dom.js';
import { bytes, duration, timeOfDay } from './format.js';

/** What an operator should not miss. */
const ALARMING: ReadonlySet<string> = new Set(['loadError', 'storeError', 'breaker']);

/** Rows held, and rows shown of those that match. */
const HELD = 1_000;
const SHOWN = 200;

/** The live tail: a sample of what is decided, newest first, and everything else that happens. */
export class TailPanel {
  readonly #open: (what: string) => void;
  readonly #list = byId('tail');
  readonly #filter = byId<HTMLInputElement>('tail-filter');
  #held: Happening[] = [];
  #isPaused = false;
  #isDue = false;

  /** @param open - shows everything known of a URL or key */
  constructor(open: (what: string) => void) {
    this.#open = open;
    this.#filter.addEventListener('input', () => this.#show());
    this.#show();
  }

  set isPaused(isPaused: boolean) {
    this.#isPaused = isPaused;
    if (!isPaused) this.#show();
  }

  add(happenings: readonly Happening[], skipped: number): void {
    this.#held = [...happenings.toReversed(), ...this.#held].slice(0, HELD);
    byId('tail-of').textContent =
      skipped > 0 ? `a sample: ${skipped.toLocaleString('en')} more in this second` : 'every decision';
    if (this.#isPaused || this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      if (!this.#isPaused) this.#show();
    });
  }

  #show(): void {
    // Who reads with the keyboard or has scrolled down is not to have it pulled away.
    if (this.#list.contains(document.activeElement) && document.activeElement !== this.#list) return;
    const wanted = this.#filter.value.trim().toLowerCase();
    const terms = wanted === '' ? [] : wanted.split(/\s+/);
    const shown = this.#held.filter((happening) => matches(happening, terms)).slice(0, SHOWN);
    fill(
      this.#list,
      ...shown.map((happening) => this.#row(happening)),
      shown.length === 0 &&
        el('li', {}, el('span', { class: 'empty' }, this.#held.length === 0 ? 'Nothing yet.' : 'Nothing matches.')),
    );
  }

  #row({
    at,
    kind,
    text,
    word = '',
    key,
    url,
    method,
    status,
    durationMs,
    bytes: size,
    reason,
  }: Happening): HTMLElement {
    const time = el('span', { class: 'muted' }, timeOfDay(at));
    if (kind !== 'decision') {
      const told = text ?? `${kind} ${key ?? ''} ${size === undefined ? '' : bytes(size)}`;
      return el('li', {}, time, el('span', { class: ALARMING.has(kind) ? 'told alarm' : 'told' }, told));
    }
    const what = url ?? key ?? '';
    const shown = url === undefined ? what : `${method === 'GET' ? '' : `${method} `}${pathOf(url)}`;
    return el(
      'li',
      {},
      time,
      el('span', { class: `word word-${word}` }, word),
      el(
        'span',
        {},
        el('button', { type: 'button', class: 'link', title: what, onclick: () => this.#open(what) }, shown),
        reason !== undefined && el('span', { class: 'muted' }, ` ${reason}`),
      ),
      el(
        'span',
        { class: 'muted' },
        [status, durationMs === undefined ? undefined : duration(durationMs)]
          .filter((part) => part !== undefined)
          .join(' · '),
      ),
    );
  }
}

/** Every term occurs, and none of those with a minus. */
function matches(happening: Happening, terms: readonly string[]): boolean {
  if (terms.length === 0) return true;
  const { kind, text, word, key, url, method, route, status, reason } = happening;
  const all = [kind === 'decision' ? '' : kind, text, word, key, url, method, route, status, reason]
    .join(' ')
    .toLowerCase();
  return terms.every((term) =>
    term.startsWith('-') && term.length > 1 ? !all.includes(term.slice(1)) : all.includes(term),
  );
}

function pathOf(url: string): string {
  return /^https?:\/\/[^/]*(\/.*)$/i.exec(url)?.[1] ?? url;
}
