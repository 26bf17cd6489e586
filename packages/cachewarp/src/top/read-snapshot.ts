import { CommandError, EXIT } from '../exit-codes.js';
import type { AdminAddress } from '../commands/admin-client.js';
import { keysOf } from './ask.js';
import { listen } from './listen.js';
import { reduce } from './reduce.js';
import { startState, type Action, type TopState } from './state.js';

/** Rates need two moments, and a moment comes every second. */
const MOMENTS = 2;
const TIMEOUT_MS = 10_000;

/**
 * Looks at a cache for about a second.
 * @throws CommandError when the admin API cannot be reached or tells nothing
 */
export async function readSnapshot(address: AdminAddress): Promise<TopState> {
  const enough = new AbortController();
  let state = startState(address.url, 0);
  const hear = (action: Action): void => {
    state = reduce(state, action).state;
    if (action.type === 'frame' && state.traffic.totals.length >= MOMENTS) enough.abort();
  };
  const keys = keysOf(address, '');
  // It is awaited below; until then its failure is no unhandled one.
  keys.catch(() => undefined);
  try {
    const signal = AbortSignal.any([enough.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    await listen(address, hear, { signal, onOpen: () => hear({ type: 'connection', connection: { kind: 'live' } }) });
  } catch (error) {
    if (error instanceof CommandError && !enough.signal.aborted) throw error;
  }
  if (!enough.signal.aborted) {
    throw new CommandError(
      EXIT.admin,
      `the admin API at ${address.url} told no figures within ${TIMEOUT_MS / 1_000} s`,
    );
  }
  hear({ type: 'keys', ...(await keys) });
  return state;
}
