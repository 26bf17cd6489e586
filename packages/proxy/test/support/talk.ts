import type { Socket } from 'node:net';
import { dial, until } from './clients.js';
import type { Opened } from './origins.js';

/** A raw connection on which a test speaks and listens piece by piece. */
export interface Talk {
  readonly socket: Socket;
  /** Everything that came. */
  readonly heard: () => string;
  readonly isOver: () => boolean;
  /** Sends one piece, and resolves with what came after it, when that ends with `ending`. */
  readonly say: (bytes: string, ending: string) => Promise<string>;
}

export async function talk(opened: Opened, port: number, from?: string): Promise<Talk> {
  const socket = await dial(opened, port, from);
  socket.setNoDelay(true);
  let text = '';
  let isOver = false;
  socket.on('data', (data) => (text += data.toString('latin1')));
  socket.on('close', () => (isOver = true));
  const say = async (bytes: string, ending: string): Promise<string> => {
    const before = text.length;
    socket.write(bytes, 'latin1');
    await until(() => isOver || text.slice(before).endsWith(ending));
    return text.slice(before);
  };
  return { socket, heard: () => text, isOver: () => isOver, say };
}
