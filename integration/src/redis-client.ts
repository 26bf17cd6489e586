import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Sends commands to a Redis for the test itself: RESP2 over a socket, so that the tests do not rest on the client under test. */
export class RedisClient {
  readonly #port: number;
  #socket: Socket | undefined;
  #received = Buffer.alloc(0);
  #waiting: { resolve: (reply: Reply) => void; reject: (error: Error) => void }[] = [];

  constructor(port: number) {
    this.#port = port;
  }

  /** @throws Error with what Redis says */
  async send(...args: (string | number | Buffer)[]): Promise<Reply> {
    const socket = await this.#connected();
    const parts: Buffer[] = [Buffer.from(`*${args.length}\r\n`)];
    for (const arg of args) {
      const bytes = Buffer.isBuffer(arg) ? arg : Buffer.from(String(arg));
      parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'));
    }
    const reply = new Promise<Reply>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    socket.write(Buffer.concat(parts));
    return reply;
  }

  /** The reply as text. */
  async text(...args: (string | number | Buffer)[]): Promise<string> {
    return String(await this.send(...args));
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  async #connected(): Promise<Socket> {
    if (this.#socket !== undefined && !this.#socket.destroyed) return this.#socket;
    const socket = connect(this.#port, '127.0.0.1');
    this.#socket = socket;
    this.#received = Buffer.alloc(0);
    this.#waiting = [];
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error('the connection to Redis was closed'));
    });
    await once(socket, 'connect');
    return socket;
  }

  #take(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    for (;;) {
      const parsed = parse(this.#received, 0);
      if (parsed === undefined) return;
      this.#received = this.#received.subarray(parsed.end);
      const waiting = this.#waiting.shift();
      if (parsed.value instanceof Error) waiting?.reject(parsed.value);
      else waiting?.resolve(parsed.value);
    }
  }
}

/** What Redis answers. */
export type Reply = string | number | null | Buffer | Error | Reply[];

function parse(bytes: Buffer, from: number): { value: Reply; end: number } | undefined {
  const lineEnd = bytes.indexOf('\r\n', from);
  if (lineEnd < 0) return undefined;
  const line = bytes.toString('utf8', from + 1, lineEnd);
  const end = lineEnd + 2;
  switch (String.fromCharCode(bytes[from]!)) {
    case '+':
      return { value: line, end };
    case '-':
      return { value: new Error(line), end };
    case ':':
      return { value: Number(line), end };
    case '$': {
      const length = Number(line);
      if (length < 0) return { value: null, end };
      if (bytes.length < end + length + 2) return undefined;
      return { value: bytes.subarray(end, end + length), end: end + length + 2 };
    }
    case '*': {
      const values: Reply[] = [];
      let at = end;
      for (let count = Number(line); count > 0; count--) {
        const part = parse(bytes, at);
        if (part === undefined) return undefined;
        values.push(part.value);
        at = part.end;
      }
      return { value: values, end: at };
    }
    default:
      throw new Error(`no reply of Redis: ${line}`);
  }
}
