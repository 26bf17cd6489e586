// oxlint-disable no-underscore-dangle -- the names are ServerResponse's
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';

/** The parts of a ServerResponse that are relied on. */
interface Insides {
  /** Null until a head was made. */
  _header: string | null;
  /** Whether the head went out. */
  _headerSent: boolean;
}

/** What is read of the server that a socket belongs to. */
interface ServerLimits {
  readonly keepAliveTimeout?: number;
  readonly maxRequestsPerSocket?: number | null;
}

/** Stands for the head that Node would have made: not null, and sent. */
const SENT = ' ';

/**
 * Whether an answer may be written to the socket in one piece, past ServerResponse; and what has to stand in it then.
 *
 * Node's ServerResponse checks and joins every field anew and writes head, body and end as three pieces, which costs as much as all
 * the rest of a hit. Going past it needs two of its fields that are not public. Where they are not what they are known to be, or the
 * connection is to be closed, or something is still on its way on it, the ordinary way is taken.
 *
 * @returns the fields about the connection that Node would add; undefined where the ordinary way is to be taken
 */
export function plainConnection(response: ServerResponse): string | undefined {
  const { socket } = response;
  // A response that has to wait for others of its connection has no socket yet.
  if (!KNOWS_INSIDES || socket === null || !(response instanceof ServerResponse)) return undefined;
  const { _header, _headerSent } = response as unknown as Insides;
  if (_header !== null || _headerSent || !response.shouldKeepAlive) return undefined;
  return socket.writable && socket.writableLength === 0 ? connectionFields(socket) : undefined;
}

/** Writes a whole answer, head and body, and tells the response that it is done. Only after {@link plainConnection}. */
export function writeWhole(response: ServerResponse, head: Uint8Array, body?: Uint8Array): void {
  const { socket } = response;
  const insides = response as unknown as Insides;
  insides._header = SENT;
  insides._headerSent = true;
  if (body === undefined) {
    socket!.write(head);
  } else {
    socket!.cork();
    socket!.write(head);
    socket!.write(body);
    socket!.uncork();
  }
  response.end();
}

/** What Node would say of the connection; undefined where it would have to close it, or might. */
function connectionFields(socket: Socket): string | undefined {
  const { server } = socket as Socket & { readonly server?: ServerLimits };
  if ((server?.maxRequestsPerSocket ?? 0) > 0) return undefined;
  const timeoutMs = server?.keepAliveTimeout ?? 0;
  return timeoutMs === lastTimeoutMs ? lastFields : (lastFields = fieldsFor((lastTimeoutMs = timeoutMs)));
}

let lastTimeoutMs = 0;
let lastFields = fieldsFor(0);

function fieldsFor(timeoutMs: number): string {
  const timeout = timeoutMs > 0 ? `Keep-Alive: timeout=${Math.floor(timeoutMs / 1000)}\r\n` : '';
  return `Connection: keep-alive\r\n${timeout}`;
}

/** Whether this Node's ServerResponse has the parts that are relied on, in the state that is relied on. */
const KNOWS_INSIDES = ((): boolean => {
  const { _header, _headerSent } = new ServerResponse(new IncomingMessage(new Socket())) as unknown as Partial<Insides>;
  return _header === null && _headerSent === false;
})();
