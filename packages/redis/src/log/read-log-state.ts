import type { LogState, MarkerState } from '@cachewarp/core';
import type { KeySpace } from '../connection/key-space.js';
import type { Wire } from '../connection/wire.js';
import { RefusedError } from './log-errors.js';
import { markerField, readMarker } from './record-text.js';

/** Fields of the hash that are read at a time. */
const PAGE = 1000;

/** Everything that the log in Redis knows, and the generation of what is stored. */
export type StoredLogState = LogState & { readonly markers: readonly MarkerState[]; readonly generation: string };

/**
 * Reads the state of the log in portions. The place first, the markers then: one that is newer than the place does no harm, one that is
 * missing would. The floor last: markers that were forgotten meanwhile have raised it.
 * @param shiftMs - from this process's time to that of Redis
 * @throws RefusedError when there is no log
 */
export async function readLogState(wire: Wire, keys: KeySpace, shiftMs: number): Promise<StoredLogState> {
  for (;;) {
    const [epoch, seq, , generation] = await where(wire, keys);
    const markers = await readMarkers(wire, keys, shiftMs);
    const [epochThen, , floor] = await where(wire, keys);
    // A log that began anew meanwhile is another one.
    if (epochThen !== epoch) continue;
    return { epoch: epoch!, position: Number(seq), floor: Number(floor), markers, generation: generation! };
  }
}

async function where(wire: Wire, keys: KeySpace): Promise<string[]> {
  const reply = (await wire.send('HMGET', keys.log, 'epoch', 'seq', 'floor', 'gen')) as (Buffer | null)[];
  if (reply[0] === null) throw new RefusedError('the log is gone');
  return reply.map((part) => part?.toString('latin1') ?? '');
}

/** Oldest first. */
async function readMarkers(wire: Wire, keys: KeySpace, shiftMs: number): Promise<MarkerState[]> {
  const markers = new Map<string, MarkerState>();
  let cursor = '0';
  do {
    const [next, fields] = (await wire.send('HSCAN', keys.log, cursor, 'COUNT', PAGE)) as [Buffer, Buffer[]];
    cursor = next.toString('latin1');
    for (let at = 0; at + 1 < fields.length; at += 2) {
      const state = readMarker(fields[at]!, fields[at + 1]!, shiftMs);
      // A field may come twice, the second time with a newer place.
      if (state !== undefined) markers.set(markerField(state.marker), state);
    }
  } while (cursor !== '0');
  return [...markers.values()].sort((a, b) => Math.max(a.hard, a.soft) - Math.max(b.hard, b.soft));
}
