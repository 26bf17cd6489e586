import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { renderCacheStatus, type FreshHit } from '@cachewarp/http';
import { Http1Response, type ClientResponse } from './client-response.js';
import {
  connectionOf,
  hasKnownInsides,
  joinAnswer,
  MAX_COPIED_BYTES,
  renderFields,
  renderKeepAlive,
  writeWhole,
} from './whole-answer.js';

/** What a stored answer is rendered to. It lives beside the answer, and dies with it. */
interface RenderedHit {
  /** Status line and stored fields: what never changes. */
  readonly fixed: string;
  /** The second in which it was asked for last, for which `whole` holds. */
  ageSeconds: number;
  /** Head and body in one piece; undefined where it is not held. */
  whole: Buffer | undefined;
  /** Whether it counts among those that are held. */
  isHeld: boolean;
}

/** How many bytes of copies are held in all. Beyond, the oldest are let go and made again when they are asked for. */
const MAX_HELD_BYTES = 16 * 1024 * 1024;

/**
 * Writes fresh hits over HTTP/1.1: one write of one piece of bytes, head and body. Age and the ttl in Cache-Status are whole seconds, so
 * that the piece is the same for a second: it is held beside the stored answer when it is asked for again in its second. Most answers of
 * a large cache are not, and would only fill the memory.
 *
 * Node's ServerResponse would build the head anew with each answer, and write head, body and end as three pieces. So the bytes go to the
 * connection directly, and the response is told that it is done. That stands on parts of it that are not public; where a version of Node has
 * not got them, `hasKnownInsides` notices, and the ordinary way is taken.
 */
export class HitWriter {
  readonly #name: string;
  readonly #keepAlive: string;
  readonly #hasKnownInsides: boolean;
  #held: RenderedHit[] = [];
  #heldBytes = 0;

  /**
   * @param name - of the cache in Cache-Status
   * @param keepAliveTimeoutMs - told to clients, so that they do not use a connection in the moment it is closed
   * @param knowsInsides - whether to rely on ServerResponse's fields; for tests
   */
  constructor(name: string, keepAliveTimeoutMs: number, knowsInsides = true) {
    this.#name = name;
    this.#keepAlive = renderKeepAlive(keepAliveTimeoutMs);
    this.#hasKnownInsides = knowsInsides;
  }

  /** Answers with a stored response, without its body where the request is a HEAD. The connection stays open. */
  write(response: ServerResponse, hit: FreshHit, isHead: boolean): void {
    const { body, status } = hit.stored;
    const socket = this.#hasKnownInsides ? connectionOf(response) : undefined;
    // On a connection with several requests under way, this may have to wait for its turn.
    if (socket === undefined) return this.writeTo(new Http1Response(response), hit, isHead);
    if (isHead || body.length === 0) writeWhole(response, socket, status, this.#head(hit), undefined);
    else if (body.length <= MAX_COPIED_BYTES) writeWhole(response, socket, status, undefined, this.#whole(hit));
    else writeWhole(response, socket, status, this.#head(hit), body);
  }

  /** Whether hits are written directly: then {@link send} writes the same bytes. */
  get isDirect(): boolean {
    return this.#hasKnownInsides && hasKnownInsides();
  }

  /** The same bytes over a connection on which no response is under way. */
  send(socket: Socket, hit: FreshHit): void {
    const { body } = hit.stored;
    if (body.length === 0) socket.write(this.#head(hit), 'latin1');
    else if (body.length <= MAX_COPIED_BYTES) socket.write(this.#whole(hit));
    else {
      socket.cork();
      socket.write(this.#head(hit), 'latin1');
      socket.write(body);
      socket.uncork();
    }
  }

  /** The same over any protocol, without the short cut. */
  writeTo(client: ClientResponse, hit: FreshHit, isHead: boolean): void {
    const { status, reason, headers, body } = hit.stored;
    client.writeHead(status, reason, [...replayed(headers), ...this.#ownFields(hit)]);
    client.end(isHead || body.length === 0 ? undefined : body);
  }

  #whole(hit: FreshHit): Buffer {
    const { ageSeconds } = hit;
    const rendered = renderedOf(hit);
    const isAskedAgain = rendered.ageSeconds === ageSeconds;
    if (isAskedAgain && rendered.whole !== undefined) return rendered.whole;
    const whole = joinAnswer(this.#head(hit), hit.stored.body, isAskedAgain);
    rendered.ageSeconds = ageSeconds;
    rendered.whole = isAskedAgain ? this.#hold(rendered, whole) : undefined;
    return whole;
  }

  #head(hit: FreshHit): string {
    return `${renderedOf(hit).fixed}${renderFields(this.#ownFields(hit))}${this.#keepAlive}\r\n`;
  }

  /** The fields that change by the second, flat. */
  #ownFields({ stored, record, ageSeconds }: FreshHit): string[] {
    // What is left at the end of the second that Age tells: a ttl may be too short by a second, never too long.
    const lifetimeMs = record.entry.freshUntil - stored.freshness.bornAt;
    const ttl = Math.max(0, Math.floor((lifetimeMs - 1) / 1000) - ageSeconds);
    const status = renderCacheStatus(this.#name, { hit: true, ttl });
    return ['Age', String(ageSeconds), 'X-Cache', 'HIT', 'Cache-Status', status];
  }

  #hold(rendered: RenderedHit, whole: Buffer): Buffer {
    if (!rendered.isHeld) {
      rendered.isHeld = true;
      this.#held.push(rendered);
      this.#heldBytes += whole.length;
      if (this.#heldBytes > MAX_HELD_BYTES) this.#letGo();
    }
    return whole;
  }

  /** Lets the older half go. Sizes that changed with a digit of Age do not matter for a bound. */
  #letGo(): void {
    const kept = this.#held.splice(Math.ceil(this.#held.length / 2));
    for (const rendered of this.#held) {
      rendered.whole = undefined;
      rendered.isHeld = false;
    }
    this.#held = kept;
    this.#heldBytes = kept.reduce((bytes, { whole }) => bytes + (whole?.length ?? 0), 0);
  }
}

/** What is kept beside a stored answer, made with its first hit. */
function renderedOf(hit: FreshHit): RenderedHit {
  const { record } = hit;
  return (record.attachment ??= {
    fixed: renderFixed(hit),
    ageSeconds: -1,
    whole: undefined,
    isHeld: false,
  } satisfies RenderedHit) as RenderedHit;
}

function renderFixed({ stored }: FreshHit): string {
  const { status, reason, headers } = stored;
  return `HTTP/1.1 ${status} ${reason ?? STATUS_CODES[status] ?? 'Unknown'}\r\n${renderFields(replayed(headers))}`;
}

/** Stored fields without those of a cache behind this one that every hit has anew: two Ages are none (RFC 9111 §5.1). */
function replayed(headers: readonly string[]): readonly string[] {
  const kept: string[] = [];
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at]!.toLowerCase();
    if (name !== 'age' && name !== 'x-cache') kept.push(headers[at]!, headers[at + 1]!);
  }
  return kept;
}
