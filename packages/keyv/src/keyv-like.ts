/**
 * What is needed of a Keyv instance, or of a Keyv storage adapter: both fit, and so does a Map. No type of the keyv package is used, so that
 * any of its versions from 5 on will do.
 */
export interface KeyvLike {
  get(key: string): unknown;
  set(key: string, value: unknown, ttlMs?: number): unknown;
  delete(key: string): unknown;
  getMany?(keys: string[]): unknown;
  iterator?: unknown;
  disconnect?(): unknown;
  on?(event: 'error', listener: (error: unknown) => void): unknown;
}

/** An adapter that has not answered by then will not, in ms: some drop what they were asked when a connection ends. */
const TIMEOUT_MS = 2_000;

/** Texts under keys, as Keyv keeps them. Nothing takes longer than two seconds. */
export class TextStore {
  readonly #keyv: KeyvLike;
  /** An instance frames values by itself; for a bare adapter it is done here, in the same way. */
  readonly #isInstance: boolean;

  constructor(keyv: KeyvLike) {
    this.#keyv = keyv;
    this.#isInstance = 'opts' in keyv && 'hooks' in keyv;
  }

  async getMany(keys: readonly string[]): Promise<(string | undefined)[]> {
    if (keys.length === 0) return [];
    const found = await bounded(() =>
      this.#keyv.getMany === undefined
        ? Promise.all(keys.map(async (key) => this.#keyv.get(key)))
        : this.#keyv.getMany([...keys]),
    );
    const values = Array.isArray(found) ? (found as unknown[]) : [];
    return keys.map((_, index) => textOf(values[index]));
  }

  async get(key: string): Promise<string | undefined> {
    return textOf(await bounded(() => this.#keyv.get(key)));
  }

  /** @throws where the adapter fails or says that it did not store it */
  async set(key: string, text: string, ttlMs: number | undefined): Promise<void> {
    const expires = ttlMs === undefined ? undefined : Date.now() + ttlMs;
    const value = this.#isInstance ? text : JSON.stringify({ value: text, expires });
    const answer = await bounded(() => this.#keyv.set(key, value, ttlMs));
    if (answer === false) throw new Error('the Keyv adapter did not store it');
  }

  async delete(key: string): Promise<void> {
    await bounded(() => this.#keyv.delete(key));
  }

  /** Everything under keys that begin with `prefix`, where the adapter can tell; else nothing. */
  async *entries(prefix: string): AsyncGenerator<readonly [string, string]> {
    const { iterator } = this.#keyv;
    if (typeof iterator !== 'function') return;
    const rows = (iterator as (...words: unknown[]) => AsyncIterable<unknown>).call(this.#keyv, undefined);
    for await (const row of rows) {
      if (!Array.isArray(row)) continue;
      const [key, value] = row as unknown[];
      const text = textOf(value);
      if (typeof key === 'string' && key.startsWith(prefix) && text !== undefined) yield [key, text];
    }
  }
}

async function bounded(ask: () => unknown): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const giveUp = (): void => reject(new Error(`the Keyv adapter did not answer within ${TIMEOUT_MS} ms`));
    timer = setTimeout(giveUp, TIMEOUT_MS).unref();
  });
  try {
    return await Promise.race([late, ask()]);
  } finally {
    clearTimeout(timer);
  }
}

/** The text of whatever an adapter answers: the text, or Keyv's frame about it, or that frame as JSON. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') {
    if (!value.startsWith('{"value":')) return value;
    try {
      return textOf(JSON.parse(value));
    } catch {
      // Torn: whoever reads it finds that it is nothing of ours.
      return value;
    }
  }
  if (typeof value !== 'object' || value === null || !('value' in value)) return undefined;
  return typeof value.value === 'string' ? value.value : undefined;
}
