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
export async function askAdmin(address: AdminAddress, path: string, body?: unknown): Promise<unknown> {
  const response = await openAdmin(address, path, AbortSignal.timeout(TIMEOUT_MS), body);
  // What is no JSON is told by its status alone.
  return response.json().catch(() => undefined);
}

/**
 * As {@link askAdmin}, but with the answer as it comes, for as long as the signal lets it.
 * @throws CommandError when it cannot be reached or refuses
 */
export async function openAdmin(
  { url, token }: AdminAddress,
  path: string,
  signal: AbortSignal,
  body?: unknown,
): Promise<Response> {
  const headers = new Headers();
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  if (body !== undefined) headers.set('content-type', 'application/json');
  const init: RequestInit = { headers, signal, redirect: 'error' };
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
  if (response.ok) return response;
  const answer: unknown = await response.json().catch(() => undefined);
  const { detail, title } = (answer ?? {}) as { detail?: string; title?: string };
  throw new CommandError(
    EXIT.admin,
    `the admin API at ${url} refused (${response.status}): ${detail ?? title ?? 'no reason given'}`,
  );
}
