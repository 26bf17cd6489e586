import { connect, type Socket } from 'node:net';
import type { Opened } from './opened.js';

/** What came back for bytes that were sent. */
export interface RawAnswer {
  readonly text: string;
  /** The statuses of all responses in it, interim ones too. */
  readonly statuses: readonly number[];
  /** Whether the other side ended the connection. */
  readonly isClosed: boolean;
}

/**
 * Sends bytes over a connection of its own and collects what comes back until the other side closes it, or until `enough` says so.
 *
 * @param text - one character a byte
 */
export function sendRaw(
  opened: Opened,
  port: number,
  text: string,
  enough: (received: string) => boolean = () => false,
): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const socket = openRaw(opened, port);
    let received = '';
    const finish = (isClosed: boolean): void => {
      socket.destroy();
      const statuses = [...received.matchAll(/^HTTP\/1\.[01] (\d{3})/gm)].map((match) => Number(match[1]));
      resolve({ text: received, statuses, isClosed });
    };
    socket.on('data', (data) => {
      received += data.toString('latin1');
      if (enough(received)) finish(false);
    });
    socket.on('close', () => finish(true));
    socket.write(text, 'latin1');
  });
}

/** Opens a connection on which a test writes and reads itself. */
export function openRaw(opened: Opened, port: number): Socket {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  // A reset is one of the ways to be refused.
  socket.on('error', () => undefined);
  return opened.add(socket, () => socket.destroy());
}
