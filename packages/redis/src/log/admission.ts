import type { KeySpace } from '../connection/key-space.js';
import { WHERE } from '../connection/scripts.js';
import { scriptCommand, type Command, type Wire } from '../connection/wire.js';
import type { Joining } from './joining.js';
import type { KnownLog } from './known-log.js';
import { NotJoinedError } from './log-errors.js';
import type { LogReader } from './log-reader.js';

/** What a read has to wait for: taken when it begins. */
export interface Permit {
  /** Which of the connections was joined: an answer that comes after another was made is not to be believed. */
  readonly session: number;
  readonly epoch: string;
  readonly base: number;
}

/** What {@link Admission} stands on. */
export interface AdmissionParts {
  readonly wire: Wire;
  readonly keys: KeySpace;
  readonly known: KnownLog;
  readonly reader: LogReader;
  readonly joining: Joining;
  readonly onHeard: () => void;
}

/** Lets reads of the tier through: none before this process has joined, and none is answered before what it must know was told here. */
export class Admission {
  readonly #parts: AdmissionParts;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
  }

  /**
   * Resolves when this process has joined: at once; or in a moment, where that is to be expected.
   * @throws NotJoinedError where it is not
   */
  async admit(): Promise<Permit> {
    const { joining, known } = this.#parts;
    if (!joining.isJoined) await joining.arrival();
    return { session: joining.session, epoch: known.epoch, base: known.base };
  }

  /** The command that asks where the log is; goes out with every read. */
  whereCommand(): Command {
    const { keys, wire } = this.#parts;
    if (!wire.isCluster) return { name: 'HMGET', args: [keys.log, 'epoch', 'seq', 'gen'] };
    return scriptCommand(WHERE, [keys.log], []);
  }

  /**
   * Resolves when everything has been told here that stood in the log when the read was answered.
   * @param reply - of {@link whereCommand}
   * @returns the generation that what was read has to be of
   * @throws NotJoinedError where that cannot be
   */
  reached(permit: Permit, reply: unknown): string | Promise<string> {
    if (reply instanceof Error) throw reply;
    const { joining, known, reader, onHeard } = this.#parts;
    const [epochBytes, seqBytes, generationBytes] = reply as [Buffer | null, Buffer | null, Buffer | null];
    if (permit.session !== joining.session) throw new NotJoinedError();
    const epoch = epochBytes?.toString('latin1');
    const seq = Number(seqBytes?.toString('latin1'));
    if (epoch === undefined || generationBytes === null || (epoch === permit.epoch && seq < permit.base)) {
      joining.doubt();
      throw new NotJoinedError();
    }
    const generation = generationBytes.toString('latin1');
    if (reader.hasReached(epoch, seq)) {
      known.generation = generation;
      onHeard();
      return generation;
    }
    return reader.reach(epoch, seq).then(() => {
      if (permit.session !== joining.session) throw new NotJoinedError();
      known.generation = generation;
      return generation;
    });
  }
}
