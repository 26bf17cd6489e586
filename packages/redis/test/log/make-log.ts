import { EventBus } from '@cachewarp/core';
import { FakeClock } from '@cachewarp/core/testing';
import { KeySpace } from '#src/connection/key-space.js';
import { readOptions } from '#src/connection/redis-options.js';
import type { Script } from '#src/connection/script.js';
import { APPEND, JOIN } from '#src/connection/scripts.js';
import { ServerTime } from '#src/connection/server-time.js';
import type { Argument, Wire } from '#src/connection/wire.js';
import { RedisLog } from '#src/log/redis-log.js';

/** A Redis that holds a log and does as it is told. */
export interface Medium {
  readonly log: RedisLog;
  readonly clock: FakeClock;
  /** Names of the scripts that were run, in their order. */
  readonly ran: string[];
  /** Replaces what APPEND answers; undefined: it appends. */
  onAppend: (() => Promise<unknown>) | undefined;
  /** Replaces what JOIN answers; undefined: it joins. */
  onJoin: (() => Promise<unknown>) | undefined;
}

/** A log over a connection that is ready, on which nobody has joined yet. */
export function makeLog(): Medium {
  const clock = new FakeClock();
  let seq = 7;
  const bytes = (...texts: (string | number)[]): Buffer[] => texts.map((text) => Buffer.from(String(text)));
  const run = (script: Script): Promise<unknown> => {
    if (script === JOIN) {
      medium.ran.push('join');
      return medium.onJoin?.() ?? Promise.resolve(bytes('epoch', seq, 0, 'generation', 'run', 1, 0));
    }
    if (script !== APPEND) throw new Error('no such script');
    medium.ran.push('append');
    return medium.onAppend?.() ?? Promise.resolve(bytes('done', 'epoch', ++seq));
  };
  const send = (name: string, ...args: Argument[]): Promise<unknown> => {
    if (name === 'HSCAN') return Promise.resolve([Buffer.from('0'), []]);
    if (name === 'HMGET') return Promise.resolve(bytes('epoch', seq, 0, 'generation'));
    const first = Number.parseInt(String(args[1]), 10);
    const text = JSON.stringify([[['t', 'a']], 0, 1, null, null, 0]);
    const rows = Array.from({ length: Math.max(0, seq - first + 1) }, (_, at) => [
      Buffer.from(`${first + at}-0`),
      bytes('t', 'token', 'r', text),
    ]);
    return Promise.resolve(rows);
  };
  const wire = { isReady: true, isCluster: false, run, send } as unknown as Wire;
  const user = { name: 'app', clock, random: () => 0, events: new EventBus() };
  const keys = new KeySpace('test', 'app');
  const log = new RedisLog({ wire, keys, settings: readOptions({}), user, time: new ServerTime() });
  const medium: Medium = { log, clock, ran: [], onAppend: undefined, onJoin: undefined };
  return medium;
}
