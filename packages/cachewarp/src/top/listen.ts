import type { Frame, HappeningsEvent, ServerState } from '@cachewarp/admin';
import { openAdmin, type AdminAddress } from '../commands/admin-client.js';
import { readEvents, type ServerEvent } from './read-events.js';
import type { Action } from './state.js';

/** A frame comes every second: silence for so long is a connection that is gone without a word. */
const SILENCE_MS = 8_000;

/**
 * Hears `GET /events` until the connection ends.
 * @param onOpen - it answers
 * @throws CommandError when it cannot be reached or refuses; Error when the connection breaks off
 */
export async function listen(
  address: AdminAddress,
  tell: (action: Action) => void,
  options: { signal: AbortSignal; onOpen: () => void },
): Promise<void> {
  const silence = new AbortController();
  const signal = AbortSignal.any([options.signal, silence.signal]);
  let watch: ReturnType<typeof setTimeout> | undefined;
  const heard = (): void => {
    clearTimeout(watch);
    watch = setTimeout(() => silence.abort(new Error(`nothing came for ${SILENCE_MS / 1_000} s`)), SILENCE_MS);
  };
  try {
    heard();
    const response = await openAdmin(address, '/events', signal);
    options.onOpen();
    for await (const event of readEvents(response.body!)) {
      heard();
      const action = actionOf(event);
      if (action !== undefined) tell(action);
    }
  } finally {
    clearTimeout(watch);
  }
}

function actionOf({ event, data }: ServerEvent): Action | undefined {
  switch (event) {
    case 'state':
      return { type: 'state', state: data as ServerState };
    case 'history':
      return { type: 'history', frames: data as readonly Frame[] };
    case 'frame':
      return { type: 'frame', frame: data as Frame };
    case 'happenings':
      return { type: 'happenings', happenings: data as HappeningsEvent };
    default:
      // Rankings are asked for when they are looked at; and a newer server may tell more.
      return undefined;
  }
}
