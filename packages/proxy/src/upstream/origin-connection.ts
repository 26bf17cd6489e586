import type { Socket } from 'node:net';
import { buildConnector, Client, type Dispatcher } from 'undici';

/** What {@link OriginConnection} reads from the options of a dispatch. */
export interface TrackedDispatch extends Dispatcher.DispatchOptions {
  /** Told which connection carries the request. */
  readonly exchange: { usesConnection(connection: OriginConnection): void };
  /** As undici reads it, though its types do not say so. */
  servername?: string;
}

/**
 * One connection of a pool, which lets a request find out what became of its socket.
 *
 * That is needed where the end of a body is the end of the connection: when such a connection is reset, undici reports a complete
 * response. The socket knows better.
 */
export class OriginConnection extends Client {
  #socket: Socket | undefined;

  constructor(origin: URL, options: Client.Options, connect: buildConnector.connector) {
    const holder: { connection?: OriginConnection } = {};
    super(origin, {
      ...options,
      connect: (target, callback) => {
        connect(target, (...[error, socket]) => {
          // undici passes no second argument with an error, whatever its types say.
          if (error !== null) return callback(error, null);
          if (holder.connection !== undefined) holder.connection.#socket = socket;
          callback(null, socket);
        });
      },
    });
    holder.connection = this;
  }

  /** Whether its socket ended by an error, such as a reset. */
  get isBroken(): boolean {
    return (this.#socket?.errored ?? null) !== null;
  }

  /** Whether HTTP/2 was agreed on. */
  get isHttp2(): boolean {
    return (this.#socket as { alpnProtocol?: unknown } | undefined)?.alpnProtocol === 'h2';
  }

  override dispatch(options: TrackedDispatch, handler: Dispatcher.DispatchHandler): boolean {
    options.exchange.usesConnection(this);
    return super.dispatch(options, handler);
  }
}
