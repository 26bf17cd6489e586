import type { PeerChannel, PeerHearer, PeerLine } from '@cachewarp/core';
import type { Client } from './connections.js';
import type { KeySpace } from './key-space.js';
import type { Wire } from './wire.js';

interface Member {
  readonly name: string;
  readonly farewell: string;
  readonly hearer: PeerHearer;
}

/**
 * Messages between the processes of a cache, by Redis' publish and subscribe. They are heard on the connection that is subscribed anyway,
 * and told on the one of the data, so that a Redis which does not answer is noticed. Where subscribing is not permitted it never opens.
 */
export class RedisPeers implements PeerChannel {
  readonly #wire: Wire;
  readonly #ears: Client;
  readonly #keys: KeySpace;
  readonly #members = new Set<Member>();
  #isOpen = false;
  #isClosed = false;

  constructor(parts: { wire: Wire; ears: Client; keys: KeySpace }) {
    this.#wire = parts.wire;
    this.#ears = parts.ears;
    this.#keys = parts.keys;
    const { ears } = parts;
    ears.on('messageBuffer', (channel: Buffer, text: Buffer) => this.#heard(channel.toString(), text));
    // What was subscribed before is subscribed anew by the client; that it has been is known only from an answer of one's own.
    ears.on('ready', () => this.#subscribe([...this.#members]));
    for (const event of ['close', 'end']) ears.on(event, () => (this.#isOpen = false));
  }

  join(name: string, hearer: PeerHearer, farewell: string): PeerLine {
    const member = { name, hearer, farewell };
    this.#members.add(member);
    if (this.#ears.status === 'ready') this.#subscribe([member]);
    const isOpen = (): boolean => this.#isOpen && this.#members.has(member);
    return {
      get isOpen() {
        return isOpen();
      },
      tell: (to, text) => this.#tell(to === undefined ? this.#keys.peers : this.#keys.peer(to), text),
      leave: () => this.#leave(member),
    };
  }

  /** Resolves when all have been told, or cannot be. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const members = [...this.#members];
    this.#members.clear();
    if (this.#isOpen) await Promise.all(members.map((member) => this.#sayFarewell(member)));
    this.#isOpen = false;
  }

  async #tell(channel: string, text: string): Promise<void> {
    await this.#wire.send('PUBLISH', channel, text);
  }

  /** Never rejects. */
  #sayFarewell({ farewell }: Member): Promise<void> {
    return this.#tell(this.#keys.peers, farewell).catch(ignore);
  }

  #leave(member: Member): void {
    if (!this.#members.delete(member) || this.#isClosed || !this.#isOpen) return;
    void this.#sayFarewell(member);
    const { name } = member;
    const isNeeded = [...this.#members].some((other) => other.name === name);
    // What is heard from now on finds nobody anyway.
    if (!isNeeded) this.#ears.unsubscribe(this.#keys.peer(name)).catch(ignore);
  }

  #subscribe(members: readonly Member[]): void {
    if (members.length === 0) return;
    const channels = members.map(({ name }) => this.#keys.peer(name));
    this.#ears.subscribe(this.#keys.peers, ...channels).then(() => this.#opened(members), ignore);
  }

  #opened(members: readonly Member[]): void {
    if (this.#isClosed) return;
    this.#isOpen = true;
    for (const member of members) if (this.#members.has(member)) member.hearer.onOpen();
  }

  #heard(channel: string, text: Buffer): void {
    const isForAll = channel === this.#keys.peers;
    for (const { name, hearer } of this.#members) {
      if (isForAll || channel === this.#keys.peer(name)) hearer.onMessage(text.toString());
    }
  }
}

function ignore(): void {
  // The connection broke, and is joined anew with the next one; or Redis does not permit it, and there are no peers.
}
