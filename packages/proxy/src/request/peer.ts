import { BlockList, isIP, isIPv4 } from 'node:net';
import { InvalidOptionError } from '@cachewarp/core';

/** The other end of a client connection. One object a connection. */
export interface Peer {
  /** IP address; an IPv4 address mapped into IPv6 is given as IPv4. */
  readonly address: string;
  /** Whether it is a proxy of ours, whose X-Forwarded-For, -Proto and -Host count. */
  readonly isTrusted: boolean;
  /** Of the connection itself. */
  readonly scheme: 'http' | 'https';
  /**
   * HTTP/1: the answer under way is the last on this connection. Requests that stand behind it are not looked at: after one that was
   * refused nobody knows where the next begins, and none of them would be answered.
   */
  isEnding: boolean;
}

/** Which peers are proxies of ours: addresses and networks in CIDR form. */
export class TrustedProxies {
  readonly #list = new BlockList();
  readonly #isEmpty: boolean;

  /** @throws InvalidOptionError naming the entry that is neither an address nor a network */
  constructor(networks: readonly string[] = []) {
    if (!Array.isArray(networks)) throw new InvalidOptionError('trustedProxies', 'must be a list', networks);
    for (const [index, network] of networks.entries()) this.#add(`trustedProxies[${index}]`, network);
    this.#isEmpty = networks.length === 0;
  }

  has(address: string): boolean {
    if (this.#isEmpty || isIP(address) === 0) return false;
    return this.#list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
  }

  #add(field: string, network: unknown): void {
    const [address, bits, ...rest] = typeof network === 'string' ? network.split('/') : [];
    const family = isIP(address ?? '');
    if (address === undefined || family === 0 || rest.length > 0) {
      throw new InvalidOptionError(field, "must be an IP address or a network such as '10.0.0.0/8'", network);
    }
    const type = family === 4 ? 'ipv4' : 'ipv6';
    if (bits === undefined) return this.#list.addAddress(address, type);
    const prefix = /^\d{1,3}$/.test(bits) ? Number(bits) : Infinity;
    if (prefix > (family === 4 ? 32 : 128))
      throw new InvalidOptionError(field, 'must have a valid prefix length', network);
    this.#list.addSubnet(address, prefix, type);
  }
}

const MAPPED = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i;

const kPeer = Symbol('peer');

/** A connection as seen here: a net or TLS socket, or HTTP/2's stand-in for one. */
interface Connection {
  readonly remoteAddress?: string | undefined;
  readonly encrypted?: unknown;
  [kPeer]?: Peer;
}

/** The peer of a connection, made with the first request on it. */
export function connectionPeer(connection: object, trusted: TrustedProxies): Peer {
  const socket = connection as Connection;
  return (socket[kPeer] ??= makePeer(socket, trusted));
}

function makePeer({ remoteAddress, encrypted }: Connection, trusted: TrustedProxies): Peer {
  const address = (remoteAddress ?? 'unknown').replace(MAPPED, '');
  return { address, isTrusted: trusted.has(address), scheme: encrypted === true ? 'https' : 'http', isEnding: false };
}
