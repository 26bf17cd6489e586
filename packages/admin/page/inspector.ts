import type { Explanation, KeyAnswer, KeyDetails } from '../src/message/admin-answers.js';
import { ApiError, type AdminClient } from './admin-client.js';
import { byId, el, fill } from './dom.js';
import { bytes, duration } from './format.js';

const MOODS: Readonly<Record<string, string>> = { hit: 'good', stale: 'warn', revalidate: 'warn' };

/** Everything known of one key or URL: what a request for it would get and why, and what is kept. */
export class Inspector {
  readonly #client: AdminClient;
  readonly #onPurge: (kind: 'key' | 'tag', name: string) => void;
  readonly #dialog = byId<HTMLDialogElement>('inspector');
  #asked = 0;

  /** @param onPurge - wants to purge what is looked at */
  constructor(client: AdminClient, onPurge: (kind: 'key' | 'tag', name: string) => void) {
    this.#client = client;
    this.#onPurge = onPurge;
  }

  /** Opens on a URL (`http://…`) or a key. Never rejects: what goes wrong is shown. */
  async open(what: string): Promise<void> {
    const asked = ++this.#asked;
    byId('inspector-title').textContent = what;
    const body = byId('inspector-body');
    fill(body, el('p', { class: 'muted' }, 'Looking…'));
    if (!this.#dialog.open) this.#dialog.showModal();
    try {
      const explanation = await this.#explain(what);
      const key = explanation.key ?? what;
      const details = explanation.kept ? await this.#details(key) : undefined;
      if (asked === this.#asked) this.#show(key, explanation, details);
    } catch (error) {
      if (asked === this.#asked) fill(body, el('p', { class: 'complaint' }, (error as Error).message));
    }
  }

  /** By URL where there is one, because the rules of HTTP say more than those of the store; else by key. */
  async #explain(what: string): Promise<Explanation> {
    const ask = (parameter: 'url' | 'key', value: string): Promise<Explanation> =>
      this.#client.get<Explanation>('explain', `?${parameter}=${encodeURIComponent(value)}`);
    const url = /^(?:GET:)?(https?:\/\/[^\s]+|\/.*)$/i.exec(what)?.[1];
    if (url === undefined) return ask('key', what);
    const explanation = await ask('url', url);
    // A key that only looks like one of a URL has an explanation of its own.
    return what.startsWith('GET:') && explanation.key !== what ? ask('key', what) : explanation;
  }

  async #details(key: string): Promise<KeyAnswer | undefined> {
    if (!this.#client.has('keys')) return undefined;
    try {
      return await this.#client.get<KeyAnswer>('keys', `/${encodeURIComponent(key)}`);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  #show(key: string, { decision, steps, why, rule }: Explanation, details: KeyAnswer | undefined): void {
    const purge = (kind: 'key' | 'tag', name: string): void => {
      this.#dialog.close();
      this.#onPurge(kind, name);
    };
    fill(
      byId('inspector-body'),
      el('p', { class: 'muted' }, `key ${key}`, rule !== undefined && `, route ${rule}`),
      el(
        'p',
        { class: 'verdict', 'data-mood': MOODS[decision] ?? 'bad' },
        'A request now would be a ',
        el('strong', {}, decision),
        why !== null && ' — ',
        why !== null && el('strong', {}, why.word),
        why !== null && `: ${why.detail}`,
        '.',
      ),
      details === undefined
        ? el('p', { class: 'muted' }, 'Nothing is kept under this key.')
        : el('div', {}, facts(details), lastInvalidation(details)),
      details !== undefined &&
        details.tags.length > 0 &&
        el(
          'p',
          {},
          'Tags ',
          ...details.tags.map((tag) =>
            el(
              'button',
              { type: 'button', class: 'link tag', title: 'Purge this tag', onclick: () => purge('tag', tag) },
              tag,
            ),
          ),
        ),
      details !== undefined && details.variants.length > 0 && variants(details.variants),
      el('h3', {}, 'How it is decided'),
      el(
        'ol',
        { class: 'steps' },
        ...steps.map((step) =>
          el(
            'li',
            {},
            el('strong', {}, step.rule),
            ' ',
            el('span', { class: 'muted' }, step.section),
            el('div', { class: 'saw' }, `saw ${step.saw}`),
            el('div', {}, `→ ${step.concluded}`),
          ),
        ),
      ),
      el(
        'div',
        { class: 'line' },
        el('button', { type: 'button', onclick: () => purge('key', key) }, 'Purge this key…'),
      ),
    );
  }
}

function facts({ tier, freshness, ageMs, ttlLeftMs, size, loadMs, heldBy }: KeyAnswer): HTMLElement {
  const fact = (name: string, value: string): HTMLElement => el('div', {}, el('dt', {}, name), el('dd', {}, value));
  return el(
    'dl',
    { class: 'facts' },
    fact('Tier', tier),
    fact('State', freshness),
    fact('Age', duration(ageMs)),
    fact('TTL left', ttlLeftMs === null ? 'never ends' : duration(ttlLeftMs)),
    fact('Size', bytes(size)),
    fact('Load took', duration(loadMs)),
    heldBy > 1 && fact('Held by', `${heldBy} processes`),
  );
}

function lastInvalidation({ lastInvalidation: last }: KeyAnswer): HTMLElement | null {
  if (last === null) return null;
  const { at, by, reason, targets } = last;
  const text = `Last invalidated ${new Date(at).toLocaleString('en-GB')} by ${by ?? 'unknown'}: ${targets.join(', ')}`;
  return el('p', { class: 'muted' }, text, reason !== null && ` (${reason})`);
}

function variants(entries: KeyDetails['variants']): HTMLElement {
  const cells = ({ variant, freshness, ttlLeftMs, size }: KeyDetails['variants'][number]): HTMLElement[] => [
    el('td', { class: 'mono' }, variant ?? ''),
    el('td', {}, freshness),
    el('td', { class: 'number' }, ttlLeftMs === null ? 'never ends' : duration(ttlLeftMs)),
    el('td', { class: 'number' }, bytes(size)),
  ];
  return el(
    'div',
    { class: 'scroll' },
    el('h3', {}, 'Variants'),
    el('table', {}, el('tbody', {}, ...entries.map((entry) => el('tr', {}, ...cells(entry))))),
  );
}
