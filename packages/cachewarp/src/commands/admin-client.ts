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

/** Where the parts of an admin API are that does not begin at the root, by its address. */
const mounted = new Map<string, Readonly<Record<string, string>>>();

/**
 * The full path of a part. In an application the parts lie where its routes have room (`/api/cache/stats`, `/api/invalidate`): the
 * dashboard's own list tells where.
 */
async function pathIn(url: string, part: string, signal: AbortSignal): Promise<string> {
  const base = new URL(url).pathname.replace(/\/+$/, '');
  if (base === '') return part;
  let paths = mounted.get(url);
  if (paths === undefined) {
    const response = await fetch(new URL(`${base}/dashboard/paths.json`, url), { signal, redirect: 'error' });
    // Without that list, the parts are taken to be side by side.
    paths = response.ok ? ((await response.json()) as Readonly<Record<string, string>>) : {};
    mounted.set(url, paths);
  }
  const [, name = '', rest = ''] = /^\/([^/?]+)(.*)$/.exec(part) ?? [];
  return (paths[name] ?? `${base}/${name}`) + rest;
}

/**
 * As {@link askAdmin}, but with the answer as it comes, for as long as the signal lets it.
 * @throws CommandError when it cannot be reached or refuses
 */
export async function openAdmin(
  { url, token }: AdminAddress,
  part: string,
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
    response = await fetch(new URL(await pathIn(url, part, signal), url), init);
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
  // A refusal that is no JSON comes from something in between: its status says enough.
  const answer: unknown = await response.json().catch(() => undefined);
  const { detail, title } = (answer ?? {}) as { detail?: string; title?: string };
  throw new CommandError(
    EXIT.admin,
    `the admin API at ${url} refused (${response.status}): ${detail ?? title ?? 'no reason given'}`,
  );
}
