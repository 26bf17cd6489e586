// oxlint-disable no-underscore-dangle -- the names are ServerResponse's
import { IncomingMessage, ServerResponse, STATUS_CODES } from 'node:http';
import { Socket } from 'node:net';
import { renderCacheStatus, type FreshHit } from '@cachewarp/http';
import { Http1Response, type ClientResponse } from './client-response.js';

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

/** The parts of a ServerResponse that are relied on. */
interface Insides {
  /** Null until a head was made. */
  _header: string | null;
  /** Whether the head went out. */
  _headerSent: boolean;
  /** Whether everything was handed to the connection. */
  finished: boolean;
  /** Says so to whoever listens inside. */
  _finish(): void;
}

/** The parts of an IncomingMessage that are relied on. */
interface RequestInsides {
  /** Whether somebody reads, or has read, what comes with the request. */
  _consuming: boolean;
}

/** The parts of a connection that are relied on. */
interface ConnectionInsides {
  /** The parser that reads from it. */
  readonly parser?: { incoming: IncomingMessage | null } | null;
}

/** Bodies up to this size are copied behind their head; larger ones are written beside it. */
const MAX_COPIED_BYTES = 16 * 1024;

/** How many bytes of copies are held in all. Beyond, the oldest are let go and made again when they are asked for. */
const MAX_HELD_BYTES = 16 * 1024 * 1024;

/** Stands for the head that Node would have made: not null, and never sent. */
const SENT = ' ';

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
  constructor(name: string, keepAliveTimeoutMs: number, knowsInsides = hasKnownInsides()) {
    this.#name = name;
    this.#keepAlive = `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(keepAliveTimeoutMs / 1000)}\r\n`;
    this.#hasKnownInsides = knowsInsides;
  }

  /** Answers with a stored response, without its body where the request is a HEAD. The connection stays open. */
  write(response: ServerResponse, hit: FreshHit, isHead: boolean): void {
    const { body, status } = hit.stored;
    const { socket } = response;
    // On a connection with several requests under way, this may have to wait for its turn.
    if (!this.#hasKnownInsides || socket === null) return this.writeTo(new Http1Response(response), hit, isHead);
    response.statusCode = status;
    const insides = response as unknown as Insides;
    insides._header = SENT;
    insides._headerSent = true;
    insides.finished = true;
    const onWritten = (error?: Error | null): void => {
      // After an error the connection closes, and with it the response.
      if (error !== undefined && error !== null) return;
      markRead(response.req, socket);
      response.emit('finish');
    };
    if (isHead || body.length === 0) {
      socket.write(this.#head(hit), 'latin1', onWritten);
    } else if (body.length <= MAX_COPIED_BYTES) {
      socket.write(this.#whole(hit), onWritten);
    } else {
      socket.cork();
      socket.write(this.#head(hit), 'latin1');
      socket.write(body, onWritten);
      socket.uncork();
    }
    insides._finish();
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
    const whole = join(this.#head(hit), hit.stored.body, isAskedAgain);
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

/**
 * Spares Node reading a request to its end whose end has come, with no content in it: that would be three turns of the event loop and
 * half a dozen events for nothing.
 */
function markRead(request: IncomingMessage, socket: Socket): void {
  if (!request.complete || request.readableLength > 0) return;
  (request as unknown as RequestInsides)._consuming = true;
  // As Node does at the end of a request: an idle connection should not keep its last one.
  const { parser } = socket as ConnectionInsides;
  if (parser?.incoming === request) parser.incoming = null;
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

/** @param isHeld - then it has memory of its own: a piece of Node's pool would hold a whole slab of it */
function join(head: string, body: Uint8Array, isHeld: boolean): Buffer {
  const length = head.length + body.length;
  const whole = isHeld ? Buffer.allocUnsafeSlow(length) : Buffer.allocUnsafe(length);
  whole.write(head, 0, 'latin1');
  whole.set(body, head.length);
  return whole;
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

function renderFields(fields: readonly string[]): string {
  let lines = '';
  for (let at = 0; at < fields.length; at += 2) lines += `${fields[at]!}: ${fields[at + 1]!}\r\n`;
  return lines;
}

/** Whether this Node's ServerResponse has the parts that are relied on, in the states that are relied on. */
export function hasKnownInsides(): boolean {
  const request = new IncomingMessage(new Socket());
  const { _consuming } = request as unknown as Partial<RequestInsides>;
  const { _header, _headerSent, finished, _finish } = new ServerResponse(request) as unknown as Partial<Insides>;
  const isKnown = _header === null && _headerSent === false && finished === false && typeof _finish === 'function';
  return isKnown && _consuming === false;
}
