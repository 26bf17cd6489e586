import { byId } from './dom.js';

/** A refusal or failure of the admin API, in its own words. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }
}

/** Where the parts of the API are, by their names; a part that is left out has no path. */
export type Paths = Readonly<Record<string, string | undefined>>;

const TOKEN = 'cachewarp-token';

/** Asks the admin API that the page came from, and asks people for the token when it is needed. */
export class AdminClient {
  #paths: Paths = {};
  #asking: Promise<boolean> | undefined;

  /** Learns where the parts are. */
  async start(): Promise<void> {
    const answer = await fetch(new URL('paths.json', import.meta.url), { credentials: 'same-origin' });
    if (!answer.ok) throw new ApiError(answer.status, `the admin API answered ${answer.status}`);
    this.#paths = (await answer.json()) as Paths;
  }

  has(part: string): boolean {
    return this.#paths[part] !== undefined;
  }

  /** Asks a part: `get('keys', '?prefix=a')`. @throws ApiError */
  async get<T>(part: string, rest = '', signal?: AbortSignal): Promise<T> {
    const response = await this.request(part, rest, signal === undefined ? {} : { signal });
    return (await response.json()) as T;
  }

  /** @throws ApiError */
  async post<T>(part: string, body: object): Promise<T> {
    const headers = { 'content-type': 'application/json' };
    const response = await this.request(part, '', { method: 'POST', headers, body: JSON.stringify(body) });
    return (await response.json()) as T;
  }

  /** A request with the token, which is asked for when there is none or it is wrong. @throws ApiError */
  async request(
    part: string,
    rest: string,
    init: RequestInit & { headers?: Record<string, string> },
  ): Promise<Response> {
    const path = this.#paths[part];
    if (path === undefined) throw new ApiError(404, `this listener has no ${part}`);
    for (let hasRefused = false; ; hasRefused = true) {
      const token = sessionStorage.getItem(TOKEN);
      const headers = { ...init.headers, ...(token !== null && { authorization: `Bearer ${token}` }) };
      const response = await fetch(path + rest, { ...init, headers, cache: 'no-store' });
      if (response.ok) return response;
      const problem = await problemOf(response);
      if (response.status !== 401) throw problem;
      const isWrong = hasRefused || token !== null;
      if (!(await this.askToken(isWrong ? problem.message : undefined))) throw problem;
    }
  }

  /** Asks for the token; answers whether one was given. Several who need it at a time share one question. */
  askToken(complaint?: string): Promise<boolean> {
    return (this.#asking ??= ask(complaint).finally(() => (this.#asking = undefined)));
  }
}

function ask(complaint: string | undefined): Promise<boolean> {
  const dialog = byId<HTMLDialogElement>('token');
  const input = byId<HTMLInputElement>('token-input');
  byId('token-complaint').textContent = complaint ?? '';
  input.value = '';
  dialog.returnValue = '';
  dialog.showModal();
  input.focus();
  return new Promise((resolve) => {
    dialog.addEventListener(
      'close',
      () => {
        const isGiven = dialog.returnValue === 'ok' && input.value !== '';
        if (isGiven) sessionStorage.setItem(TOKEN, input.value.trim());
        input.value = '';
        resolve(isGiven);
      },
      { once: true },
    );
  });
}

async function problemOf(response: Response): Promise<ApiError> {
  // What is no JSON comes from something in between, and its status says enough.
  const problem = (await response.json().catch(() => undefined)) as { detail?: string; title?: string } | undefined;
  return new ApiError(
    response.status,
    problem?.detail ?? problem?.title ?? `the admin API answered ${response.status}`,
  );
}
