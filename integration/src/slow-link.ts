import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { Opened } from './opened.js';

/** A way to a server that is slow, silent or cut when the test says so. */
export class SlowLink {
  /** How long every piece of data takes, each way, in ms. */
  delayMs = 0;
  /** While true nothing passes, and nobody is told. */
  isSilent = false;
  readonly port: number;
  readonly #sockets = new Set<Socket>();

  private constructor(port: number) {
    this.port = port;
  }

  static async to(opened: Opened, targetPort: number): Promise<SlowLink> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const link = new SlowLink((server.address() as AddressInfo).port);
    server.on('connection', (socket) => link.#join(socket, connect(targetPort, '127.0.0.1')));
    opened.add(server, () => {
      link.cut();
      server.close();
    });
    return link;
  }

  /** Ends all connections that are open. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(near: Socket, far: Socket): void {
    this.#pass(near, far);
    this.#pass(far, near);
  }

  #pass(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.setNoDelay(true);
    from.on('data', (chunk) => {
      if (this.isSilent) return;
      if (this.delayMs === 0) to.write(chunk);
      else setTimeout(() => to.destroyed || to.write(chunk), this.delayMs);
    });
    from.on('error', () => undefined);
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}
