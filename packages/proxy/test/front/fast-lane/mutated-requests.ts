import fc from 'fast-check';

/** What is sent at a time: in these pieces, and then waited for, or not. */
export interface Step {
  readonly pieces: readonly string[];
  readonly isAwaited: boolean;
}

const TARGETS = ['/plain', '/plain', '/vary', '/large', '/empty', '/missing', '/peer', '/q?b=2&a=1', '/q?a=1&b=2'];
const ODD_TARGETS = [
  ...['/private', '//plain', '/plain?', '/./plain', '/a/../plain', '/%2e%2e/plain', '/plain#x', '/pl%61in', '/a\\b'],
  ...['*', '', 'plain', 'http://a.example/plain', 'http://b.example:81/plain', 'https://a.example/plain', '/a b'],
  ...[
    '/caf\u00e9',
    '/pla\0in',
    '/plain\t',
    `/${'x'.repeat(250)}`,
    `/${'x'.repeat(9_000)}`,
    '/q?%00',
    '/x%00',
    '/"<>^`{|}',
  ],
];
const METHODS = [
  'HEAD',
  'POST',
  'PUT',
  'OPTIONS',
  'DELETE',
  'TRACE',
  'CONNECT',
  'PURGE',
  'get',
  'GET ',
  ' GET',
  'G\0T',
  '\r\nGET',
];
const VERSIONS = ['HTTP/1.0', 'HTTP/2.0', 'HTTP/1.2', 'http/1.1', 'HTTP/1.1 ', '', 'HTTP/1.1\r'];
const ORDINARY_FIELDS = [
  ...[
    'User-Agent: test',
    'Accept: */*',
    'Accept-Encoding: gzip, br',
    'accept-encoding: br,gzip',
    'Cookie: a=1',
    'Cookie: i=1',
  ],
  ...[
    'Cookie: k=1; i=2',
    'Connection: keep-alive',
    'X-Request-Id: abc-1',
    'traceparent: 00-1-2-03',
    'Accept-Language: de',
  ],
  ...['X-Forwarded-For: 1.2.3.4', 'X-Forwarded-Host: b.example:81', 'X-Forwarded-Proto: https', 'TE: trailers'],
];
const ODD_FIELDS = [
  ...[
    'Cache-Control: no-cache',
    'Cache-Control: only-if-cached',
    'Pragma: no-cache',
    'Range: bytes=0-1',
    'If-None-Match: "1"',
  ],
  ...['If-None-Match: *', 'If-Modified-Since: Thu, 01 Jan 2026 00:00:00 GMT', 'If-Match: "1"', 'If-Range: "1"'],
  ...[
    'Authorization: Basic x',
    'Connection: close',
    'Connection: keep-alive, x-a',
    'Connection: Cookie',
    'Connection:',
  ],
  ...[
    'Upgrade: websocket',
    'Connection: upgrade',
    'Upgrade: h2c',
    'Expect: 100-continue',
    'Expect: x',
    'Max-Forwards: 0',
  ],
  ...[
    'Content-Length: 0',
    'Content-Length: 5',
    'Content-Length: +5',
    'content-length: 5, 5',
    'Transfer-Encoding: chunked',
  ],
  ...[
    'Transfer-Encoding : chunked',
    'Transfer-Encoding:\r\n chunked',
    'Transfer-Encoding: identity',
    ' folded',
    '\tfolded',
  ],
  ...['X_Under: 1', 'X-A : 1', 'X A: 1', ': 1', 'X-A', 'X-A: \0', 'X-A: a\rb', 'X-A: a\nX-B: b', 'Host: b.example:81'],
  ...[
    'Host: a.example',
    'Host: a@b',
    'Host:',
    `X-A: ${'x'.repeat(5_000)}`,
    `X-A: ${'x'.repeat(20_000)}`,
    'Via: 1.1 other',
  ],
  ...[
    'X-Original-URL: /other',
    'X-HTTP-Method-Override: POST',
    'Proxy-Connection: close',
    'Proxy-Connection: keep-alive',
  ],
  ...['Trailer: x', 'X-A: caf\u00e9', 'X-A:', 'Keep-Alive: timeout=1', 'HTTP2-Settings: x'],
];
const INSERTED = [
  '\0',
  '\r',
  '\n',
  '\t',
  ' ',
  ':',
  '%2e',
  '..',
  '#',
  '\\',
  '\u0080',
  '\u007f',
  '\r\n',
  '\r\n\r\n',
  'x',
];

const request = fc
  .record({
    target: fc.oneof({ arbitrary: fc.constantFrom(...TARGETS), weight: 4 }, fc.constantFrom(...ODD_TARGETS)),
    method: fc.oneof({ arbitrary: fc.constant('GET'), weight: 7 }, fc.constantFrom(...METHODS)),
    version: fc.oneof({ arbitrary: fc.constant('HTTP/1.1'), weight: 12 }, fc.constantFrom(...VERSIONS)),
    host: fc.oneof(
      { arbitrary: fc.constant(['Host: a.example']), weight: 8 },
      fc.constantFrom([], ['host:a.example'], ['HOST: A.example ', 'x: y']),
    ),
    fields: fc.array(
      fc.oneof({ arbitrary: fc.constantFrom(...ORDINARY_FIELDS), weight: 3 }, fc.constantFrom(...ODD_FIELDS)),
      { maxLength: 3 },
    ),
    isHostLast: fc.boolean(),
    body: fc.oneof(
      { arbitrary: fc.constant(''), weight: 12 },
      fc.constantFrom('hello', '5\r\nhello\r\n0\r\n\r\n', '\r\n'),
    ),
  })
  .map(({ target, method, version, host, fields, isHostLast, body }) => {
    const lines = isHostLast ? [...fields, ...host] : [...host, ...fields];
    return `${[`${method} ${target} ${version}`, ...lines].join('\r\n')}\r\n\r\n${body}`;
  });

/** Something done to the bytes of a request, at a place given as a share of their length. */
const mutation = fc.record({
  kind: fc.constantFrom('none', 'none', 'none', 'none', 'none', 'insert', 'remove', 'case', 'bare', 'repeat'),
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  inserted: fc.constantFrom(...INSERTED),
});

const mutated = fc.tuple(request, mutation).map(([text, { kind, at, inserted }]) => {
  const place = Math.floor(at * text.length);
  const before = text.slice(0, place);
  const after = text.slice(place);
  switch (kind) {
    case 'insert':
      return before + inserted + after;
    case 'remove':
      return before + after.slice(1);
    case 'case':
      return before + after.slice(0, 1).toUpperCase() + after.slice(1);
    case 'bare':
      return before + after.replace('\r\n', inserted === '\r' ? '\r' : '\n');
    case 'repeat': {
      const line = /\r\n[^\r]+/.exec(after)?.[0] ?? '';
      return before + after.replace(line, line + line);
    }
    default:
      return text;
  }
});

/** One message or a few in a row, whole or cut somewhere. */
const step = fc
  .record({
    texts: fc.oneof(
      { arbitrary: fc.array(mutated, { minLength: 1, maxLength: 1 }), weight: 4 },
      fc.array(mutated, { minLength: 2, maxLength: 3 }),
    ),
    cuts: fc.oneof(
      { arbitrary: fc.constant<number[]>([]), weight: 3 },
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 3 }),
    ),
    isAwaited: fc.oneof({ arbitrary: fc.constant(true), weight: 6 }, fc.constant(false)),
    times: fc.constantFrom(1, 1, 3),
  })
  .map(({ texts, cuts, isAwaited, times }): Step[] => {
    const text = texts.join('');
    const places = [0, ...cuts.map((cut) => Math.floor(cut * text.length)), text.length].toSorted((a, b) => a - b);
    const pieces = places
      .slice(1)
      .map((place, index) => text.slice(places[index], place))
      .filter((piece) => piece !== '');
    return Array.from({ length: times }, () => ({ pieces, isAwaited }));
  });

/** A request that may well be answered at once, in whole. */
const ordinary = fc
  .tuple(fc.constantFrom(...TARGETS), fc.constantFrom([], ...ORDINARY_FIELDS.map((field) => [field])))
  .map(([target, fields]): Step => {
    const head = [`GET ${target} HTTP/1.1`, 'Host: a.example', ...fields].join('\r\n');
    return { pieces: [`${head}\r\n\r\n`], isAwaited: true };
  });

/** Requests on one connection, ordinary ones and then odd ones. What is sent again and again is learnt. */
export const conversation = fc
  .tuple(
    fc.array(ordinary, { maxLength: 4 }),
    fc.array(step, { minLength: 1, maxLength: 3 }),
    fc.array(ordinary, { maxLength: 1 }),
  )
  .map(([before, steps, after]) => [...before, ...steps.flat(), ...after]);
