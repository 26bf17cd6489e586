import { assertKnownOptions, assertObject, InvalidOptionError } from '@cachewarp/core';

/** TLS towards clients. */
export interface FrontTlsOptions {
  /** Certificate chain, PEM. */
  cert: string | Buffer;
  /** Its key, PEM. */
  key: string | Buffer;
  /** Of an encrypted key. */
  passphrase?: string;
  /** Certificate authorities for client certificates; asks clients for one, and refuses those without. @defaultValue none are asked for */
  ca?: string | Buffer;
  /** @defaultValue 'TLSv1.2' */
  minVersion?: 'TLSv1.2' | 'TLSv1.3';
}

/** @throws InvalidOptionError naming the faulty option; keys are not shown */
export function checkFrontTls(tls: FrontTlsOptions): void {
  assertObject('tls', tls);
  assertKnownOptions('tls', tls, ['cert', 'key', 'passphrase', 'ca', 'minVersion']);
  for (const name of ['cert', 'key'] as const) {
    const value: unknown = tls[name];
    if (typeof value !== 'string' && !Buffer.isBuffer(value)) {
      throw new InvalidOptionError(`tls.${name}`, 'must be PEM text', typeof value);
    }
  }
}
