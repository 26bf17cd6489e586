import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Peer } from '../../request/peer.js';
import type { KnownHead } from './known-head.js';
import { cutRequest, isWholeAndBare, type RequestText } from './request-text.js';

/** A request on its ordinary way. */
export interface Passed {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
}

/** Who answers in the parser's place. */
export interface Lane {
  /** Answers a request, where it can. */
  answer(connection: LaneConnection, text: RequestText): boolean;
  /** Lets the parser have a chunk, of which it makes a request in this moment or not at all. */
  pass(connection: LaneConnection, parse: () => void): void;
  /** Learns what the ordinary way has made of a request. */
  learn(connection: LaneConnection, text: RequestText, passed: Passed): void;
}

/** The block of fields that came last on a connection, and what is known of it: mostly the next one is the same. */
export interface LastHead {
  readonly block: string;
  readonly head: KnownHead;
  /** Where it is known. */
  readonly among: object;
}

/**
 * Stands between a connection and Node's parser, and sees each chunk first.
 *
 * It may answer a chunk itself only when the parser is between two requests: when everything that the parser was given were whole requests
 * without content, one a chunk, and the last of them was answered. A chunk of any other form ends that for good: the parser gets it, and from
 * then on everything, without anybody in between.
 *
 * The first request of a connection always goes to the parser. With it, Node's limit for the time to a first request is met, and whoever
 * looks after connections has seen this one.
 */
export class LaneConnection {
  readonly socket: Socket;
  /** The other end, once its first request was read. */
  peer: Peer | undefined;
  last: LastHead | undefined;
  readonly #lane: Lane;
  readonly #parse: (chunk: Buffer) => void;
  /** The request that the parser was given last. */
  #passed: Passed | undefined;

  /** @param parse - gives a chunk to the parser */
  constructor(socket: Socket, parse: (chunk: Buffer) => void, lane: Lane) {
    this.socket = socket;
    this.#parse = parse;
    this.#lane = lane;
  }

  /** Begins to see what comes, in place of the parser. */
  stepIn(): void {
    // One listener is there all the time: Node looks whether there is any.
    this.socket.on('data', this.#onData);
    this.socket.off('data', this.#parse);
  }

  /** A request that the parser read in what it was given by this connection. */
  note(passed: Passed): void {
    this.#passed = passed;
  }

  readonly #onData = (chunk: Buffer): void => {
    const before = this.#passed;
    const text = before === undefined || isOver(before) ? cutRequest(chunk) : undefined;
    if (text === undefined) return this.#leave(chunk);
    if (before !== undefined && this.#lane.answer(this, text)) return;
    if (!isWholeAndBare(text)) return this.#leave(chunk);
    this.#passed = undefined;
    this.#lane.pass(this, () => this.#parse(chunk));
    const passed = this.#passed as Passed | undefined;
    // It was refused by the parser.
    if (passed === undefined) this.#restore();
    else this.#lane.learn(this, text, passed);
  };

  #leave(chunk: Buffer): void {
    this.#restore();
    this.#parse(chunk);
  }

  #restore(): void {
    this.socket.on('data', this.#parse);
    this.socket.off('data', this.#onData);
  }
}

/** Whether a request came whole, and its response has left its connection. */
function isOver({ incoming, response }: Passed): boolean {
  return incoming.complete && response.socket === null;
}
