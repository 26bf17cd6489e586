import { CommandError, EXIT } from '../exit-codes.js';

/** Where the admin API is, and what opens it. */
export interface AdminAddress {
  readonly url: string;
  readonly token: string | undefined;
}

/** How long the admin API may take, in ms. */
const TIMEOUT_MS = 10_000;

/**
 * Asks the admin API of a running proxy.
 * @param body - sent as JSON with POST; undefined asks with GET
 * @throws CommandError when it cannot be reached or refuses
 */
export async function askAdmin({ url, token }: AdminAddress, path: string, body?: unknown): Promise<unknown> {
  const headers = new Headers();
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  if (body !== undefined) headers.set('content-type', 'application/json');
  const init: RequestInit = { headers, signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' };
  if (body !== undefined) Object.assign(init, { method: 'POST', body: JSON.stringify(body) });
  let response: Response;
  try {
    response = await fetch(new URL(path, url), init);
  } catch (error) {
    const reason = (error as { cause?: { message?: string } }).cause?.message ?? (error as Error).message;
    throw new CommandError(
      EXIT.admin,
      `no admin API at ${url}: ${reason}; is the proxy running? (--admin names another address)`,
      {
        cause: error,
      },
    );
  }
  // What is no JSON is told by its status alone.
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok) return answer;
  const { detail, title } = (answer ?? {}) as { detail?: string; title?: string };
  throw new CommandError(
    EXIT.admin,
    `the admin API at ${url} refused (${response.status}): ${detail ?? title ?? 'no reason given'}`,
  );
}
