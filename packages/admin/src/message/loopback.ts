import { isIPv4 } from 'node:net';

/** Whether an IP address, as a socket gives it, or the name `localhost`, is this machine's own. */
export function isLoopback(address: string): boolean {
  const plain = address.toLowerCase().replace(/^::ffff:/, '');
  if (plain === 'localhost' || plain === '::1') return true;
  return isIPv4(plain) && plain.startsWith('127.');
}

/** The host of a Host field (`localhost:3000`, `[::1]:3000`), lower-case and without its port; undefined when it is none. */
export function hostOf(value: string): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(value);
  return (match?.[1] ?? match?.[2])?.toLowerCase();
}
