/** What stands in the place of a secret. */
const REDACTED = '[redacted]';

/** Names of parameters whose values are secrets: a word of the name is enough, so that `user_token` and `X-Amz-Signature` count, too. */
const SECRET_NAME =
  /token|secret|passw|pwd|auth|credential|signature|session|jwt|assertion|cookie|otp|(?:^|[^a-z])(?:sig|sid|key|code|state|nonce|pin|hmac|pass)(?:$|[^a-z])|api.?key|access.?key|private.?key/i;

/** JSON Web Tokens (RFC 7519), wherever they stand: three parts in base64url, the first of which begins with `{"`. */
const JSON_WEB_TOKEN = /eyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g;

/** What is as long as this without a break, in letters and digits mixed, is a key that nobody typed. */
const LONG_RUN = /[\w+=-]{40,}/g;

/** Longer targets are cut before they are looked at. */
const MAX_LENGTH = 2_048;

/**
 * Path and query as they may be written down: values of parameters whose names speak of tokens, passwords, keys and signatures are
 * replaced by `[redacted]`, and so is what looks like a token, wherever it stands.
 */
export function redactTarget(target: string): string {
  const shown = target.length > MAX_LENGTH ? `${target.slice(0, MAX_LENGTH)}…` : target;
  const at = shown.indexOf('?');
  if (at === -1) return redactTokens(shown);
  const query = shown
    .slice(at + 1)
    .split(/([&;])/)
    .map(redactParameter)
    .join('');
  return `${redactTokens(shown.slice(0, at))}?${query}`;
}

function redactParameter(parameter: string): string {
  const at = parameter.indexOf('=');
  if (at === -1) return redactTokens(parameter);
  const name = parameter.slice(0, at);
  const value = parameter.slice(at + 1);
  const isSecret = value !== '' && SECRET_NAME.test(decoded(name));
  return `${redactTokens(name)}=${isSecret ? REDACTED : redactTokens(value)}`;
}

function redactTokens(text: string): string {
  if (text.length < 20) return text;
  const isMixed = (run: string): boolean => /\d/.test(run) && /[A-Za-z]/.test(run);
  return text.replace(JSON_WEB_TOKEN, REDACTED).replace(LONG_RUN, (run) => (isMixed(run) ? REDACTED : run));
}

/** `to%6Ben` is a name like any other. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    // What cannot be decoded is judged as it stands.
    return name;
  }
}
