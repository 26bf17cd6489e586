import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { HttpCache } from '@cachewarp/http';
import type { Limits } from '../../base/limits.js';
import { connectionPeer, type TrustedProxies } from '../../request/peer.js';
import { isRefusal } from '../../request/refusal.js';
import type { RequestReader } from '../../request/request-reader.js';
import { isPlainTarget } from '../../request/target.js';
import type { RuleSet } from '../../rules/rule-set.js';
import type { HitWriter } from '../hit-writer.js';
import { headOf, type RequestHandler } from '../request-handler.js';
import type { TrafficCounters } from '../traffic-counters.js';
import { KnownHead } from './known-head.js';
import { KnownHeads } from './known-heads.js';
import { LaneConnection, type Lane, type Passed } from './lane-connection.js';
import type { RequestText } from './request-text.js';

/** What the lane works with. */
export interface FastLaneParts {
  readonly isOn: boolean;
  readonly cache: Pick<HttpCache, 'know' | 'freshKnown'>;
  readonly requests: Pick<RequestHandler, 'isQuietAboutHits'>;
  readonly hits: HitWriter;
  readonly reader: RequestReader;
  readonly rules: RuleSet;
  readonly limits: Limits;
  readonly trusted: TrustedProxies;
  readonly counters: TrafficCounters;
}

/**
 * Answers fresh hits before Node's HTTP server has parsed them.
 *
 * It has no parser of its own. What it answers is a GET in a chunk of its own whose fields, byte for byte, the ordinary way has read before
 * and taken; only the target is another, and that must be plain. So there is nothing to understand in two ways. Everything else goes, not
 * a byte changed, to Node's parser and the ordinary way, and so does what is no fresh hit.
 *
 * Key, look-up and judgement are those of the ordinary way, and so are the bytes that are written.
 */
export class FastLane implements Lane {
  #parts: FastLaneParts;
  #heads = new KnownHeads<KnownHead>();
  /** The connection whose chunk the parser has at this moment. */
  #passing: LaneConnection | undefined;
  #hasWarned = false;

  constructor(parts: FastLaneParts) {
    this.#parts = parts;
  }

  /** Takes other parts. What was learnt under those of before is forgotten. */
  reconfigure(parts: Partial<FastLaneParts>): void {
    this.#parts = { ...this.#parts, ...parts };
    this.#heads = new KnownHeads();
  }

  /** Takes its place on a connection that Node's HTTP server has just been given. */
  attach(socket: Socket): void {
    if (!this.#parts.isOn) return;
    const listeners = socket.listeners('data') as ((chunk: Buffer) => void)[];
    // That is how http.Server reads. Where it reads in another way, nothing is changed.
    if (listeners.length !== 1 || !this.#parts.hits.isDirect) return this.#warn();
    new LaneConnection(socket, listeners[0]!, this).stepIn();
  }

  pass(connection: LaneConnection, parse: () => void): void {
    this.#passing = connection;
    try {
      parse();
    } finally {
      this.#passing = undefined;
    }
  }

  /** The parser has read a request. */
  note(incoming: IncomingMessage, response: ServerResponse): void {
    if (this.#passing?.socket === incoming.socket) this.#passing.note({ incoming, response });
  }

  answer(connection: LaneConnection, { method, target, block }: RequestText): boolean {
    const { isOn, cache, requests, hits, rules, limits, counters } = this.#parts;
    const { socket, peer } = connection;
    if (method !== 'GET' || !isOn || !requests.isQuietAboutHits || peer === undefined || peer.isEnding) return false;
    const head = this.#headOf(connection, block);
    if (head === undefined || head.isTrusted !== peer.isTrusted) return false;
    if (block.length + target.length > limits.headerBytes || !isPlainTarget(target, limits.targetLength)) return false;
    // A client that does not read is slowed down by Node.
    if (!socket.writable || socket.writableNeedDrain) return false;
    const { traffic } = counters;
    const startedAt = traffic.isMeasured ? performance.now() : 0;
    const { request, counts } = head.on(rules.routeOf({ method, authority: head.authority, target }), cache, counters);
    const hit = request === undefined ? undefined : cache.freshKnown(request, target);
    if (hit === undefined) return false;
    hits.send(socket, hit);
    counters.hit(counts, hit.stored.body.length);
    if (traffic.isMeasured) traffic.durations.hit.observe(performance.now() - startedAt);
    return true;
  }

  learn(connection: LaneConnection, { method, target, block }: RequestText, { incoming }: Passed): void {
    const { reader, trusted } = this.#parts;
    const peer = (connection.peer = connectionPeer(incoming.socket, trusted));
    if (method !== 'GET') return;
    if (this.#heads.get(block) !== undefined || !this.#heads.isMetAgain(block)) return;
    if (incoming.method !== method || incoming.url !== target || incoming.httpVersion !== '1.1') return;
    const request = reader.read(headOf(incoming), peer);
    if (isRefusal(request) || request.hasContent || request.expectsContinue || request.upgrade !== undefined) return;
    this.#heads.learn(block, new KnownHead(request, peer.isTrusted));
  }

  #headOf(connection: LaneConnection, block: string): KnownHead | undefined {
    const { last } = connection;
    const among = this.#heads;
    if (last !== undefined && last.among === among && last.block === block) return last.head;
    const head = among.get(block);
    connection.last = head === undefined ? undefined : { block, head, among };
    return head;
  }

  #warn(): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const detail = 'the fast lane is off: this version of Node reads connections in a way that is not known';
    process.emitWarning(detail, { type: 'CacheWarpWarning' });
  }
}
