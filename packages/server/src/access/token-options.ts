import { assertKnownOptions, assertObject, InvalidOptionError } from '@cachewarp/core';

/** One bearer token and what it opens. */
export interface TokenOptions {
  /** 16 to 512 letters, digits or characters of `-._~+/=` (RFC 6750 section 2.1). */
  token: string;
  /** Keys and tags of its own: up to 64 letters, digits, `-`, `_` or `.`. Without one the token opens everything. */
  namespace?: string;
  /** Whether it may only read. @defaultValue false */
  readOnly?: boolean;
}

const TOKEN = /^[A-Za-z0-9._~+/=-]{16,512}$/;
const NAMESPACE = /^[A-Za-z0-9._-]{1,64}$/;

/** @throws InvalidOptionError naming the faulty field; the token itself is not repeated */
export function checkTokens(tokens: unknown): readonly TokenOptions[] {
  if (!Array.isArray(tokens)) throw new InvalidOptionError('tokens', 'must be a list', typeof tokens);
  const seen = new Set<string>();
  for (const [index, entry] of (tokens as unknown[]).entries()) {
    const at = `tokens[${index}]`;
    assertObject(at, entry);
    assertKnownOptions(at, entry, ['token', 'namespace', 'readOnly']);
    const { token, namespace, readOnly } = entry;
    if (typeof token !== 'string' || !TOKEN.test(token)) {
      const got = typeof token === 'string' ? `${token.length} characters` : typeof token;
      throw new InvalidOptionError(`${at}.token`, 'must be 16 to 512 letters, digits or characters of "-._~+/="', got);
    }
    if (seen.has(token))
      throw new InvalidOptionError(`${at}.token`, 'must not be the same as an earlier one', 'the same');
    seen.add(token);
    if (namespace !== undefined && (typeof namespace !== 'string' || !NAMESPACE.test(namespace))) {
      throw new InvalidOptionError(
        `${at}.namespace`,
        'must be 1 to 64 letters, digits or characters of "-_."',
        namespace,
      );
    }
    if (readOnly !== undefined && typeof readOnly !== 'boolean') {
      throw new InvalidOptionError(`${at}.readOnly`, 'must be true or false', readOnly);
    }
  }
  return tokens as readonly TokenOptions[];
}
