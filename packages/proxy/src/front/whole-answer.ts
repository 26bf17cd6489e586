// oxlint-disable no-underscore-dangle -- the names are ServerResponse's
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';

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
export const MAX_COPIED_BYTES = 16 * 1024;

/** Stands for the head that Node would have made: not null, and never sent. */
const SENT = ' ';

/**
 * The connection on which a whole answer may be written by {@link writeWhole}; undefined where it may not be: it may have to wait for its
 * turn on a connection with several requests under way, or this Node is not known inside.
 */
export function connectionOf(response: ServerResponse): Socket | undefined {
  return isKnownInside ? (response.socket ?? undefined) : undefined;
}

/**
 * Writes a whole answer, head and all, past the ServerResponse, and tells that one that it is done. Node's own way would build the head anew
 * and write head, body and end as three pieces.
 *
 * That stands on parts of ServerResponse that are not public; where a version of Node has not got them, {@link hasKnownInsides} notices, and
 * the ordinary way is taken.
 *
 * @param head - text in front of `body`; undefined when `body` begins with it
 */
export function writeWhole(
  response: ServerResponse,
  socket: Socket,
  status: number,
  head: string | undefined,
  body: Uint8Array | undefined,
): void {
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
  if (body === undefined) socket.write(head!, 'latin1', onWritten);
  else if (head === undefined) socket.write(body, onWritten);
  else {
    socket.cork();
    socket.write(head, 'latin1');
    socket.write(body, onWritten);
    socket.uncork();
  }
  insides._finish();
}

/**
 * Head and body in one piece.
 *
 * @param isHeld - then it has memory of its own: a piece of Node's pool would hold a whole slab of it
 */
export function joinAnswer(head: string, body: Uint8Array, isHeld: boolean): Buffer {
  const length = head.length + body.length;
  const whole = isHeld ? Buffer.allocUnsafeSlow(length) : Buffer.allocUnsafe(length);
  whole.write(head, 0, 'latin1');
  whole.set(body, head.length);
  return whole;
}

/** Fields as they stand in a head. */
export function renderFields(fields: readonly string[]): string {
  let lines = '';
  for (let at = 0; at < fields.length; at += 2) lines += `${fields[at]!}: ${fields[at + 1]!}\r\n`;
  return lines;
}

/** What a connection that stays open says of itself. */
export function renderKeepAlive(timeoutMs: number): string {
  return `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(timeoutMs / 1000)}\r\n`;
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

/** Whether this Node's ServerResponse has the parts that are relied on, in the states that are relied on. */
export function hasKnownInsides(): boolean {
  const request = new IncomingMessage(new Socket());
  const { _consuming } = request as unknown as Partial<RequestInsides>;
  const { _header, _headerSent, finished, _finish } = new ServerResponse(request) as unknown as Partial<Insides>;
  const isKnown = _header === null && _headerSent === false && finished === false && typeof _finish === 'function';
  return isKnown && _consuming === false;
}

const isKnownInside = hasKnownInsides();
