import { expect } from 'chai';
import fc from 'fast-check';
import { parseLogLine } from '#src/simulate/log/log-line.js';

const AT = Date.UTC(2026, 0, 5, 12, 30, 15);

describe('parseLogLine', () => {
  it('reads the common format, with the time in its zone', () => {
    const line = '10.0.0.1 - bob [05/Jan/2026:05:30:15 -0700] "GET /users/1?a=b HTTP/1.1" 200 512';
    expect(parseLogLine(line)).to.deep.equal({
      at: AT,
      method: 'GET',
      target: '/users/1?a=b',
      host: '',
      status: 200,
      bytes: 512,
      durationMs: -1,
    });
  });

  const combined = '10.0.0.1 - - [05/Jan/2026:12:30:15 +0000] "GET / HTTP/2.0" 304 - "https://x/\\"q\\"" "Agent 1.0"';
  it('reads the combined format, quotes in quotes and a size that is not there', () => {
    expect(parseLogLine(combined)).to.include({ at: AT, target: '/', status: 304, bytes: 0, durationMs: -1 });
  });

  const durations: [string, number][] = [
    [' 0.250', 250],
    [' rt=0.004 uct="0.000"', -1],
    [' "-" rt=0.004 up=1', 4],
    [' 1500', 1.5],
    [' - 0.120 HIT', 120],
  ];
  for (const [rest, durationMs] of durations) {
    it(`reads behind the agent of a combined line '${rest}' as ${durationMs} ms`, () => {
      expect(parseLogLine(combined + rest)).to.include({ durationMs });
    });
  }

  it('reads the host of vhost_combined, and of an absolute target before it', () => {
    const line = (target: string): string =>
      `shop.example:443 10.0.0.1 - - [05/Jan/2026:12:30:15 +0000] "GET ${target} HTTP/1.1" 200 1 "-" "-"`;
    expect(parseLogLine(line('/a'))).to.include({ host: 'shop.example:443', target: '/a' });
    expect(parseLogLine(line('http://api.example/b?c#d'))).to.include({ host: 'api.example', target: '/b?c' });
    expect(parseLogLine(line('http://api.example?c'))).to.include({ host: 'api.example', target: '/?c' });
  });

  it('takes a request without a version, and a target with spaces, as they were sent', () => {
    const line = (request: string): string => `- - - [05/Jan/2026:12:30:15 +0000] "${request}" 200 1`;
    expect(parseLogLine(line('GET /old'))).to.include({ target: '/old' });
    expect(parseLogLine(line('GET /a b c HTTP/1.1'))).to.include({ target: '/a b c' });
  });

  const faults: [string, RegExp][] = [
    ['nonsense', /no time in brackets/],
    ['- - - [yesterday] "GET / HTTP/1.1" 200 1', /time in brackets is none/],
    ['- - - [05/Foo/2026:12:30:15 +0000] "GET / HTTP/1.1" 200 1', /time in brackets is none/],
    ['- - - [05/Jan/2026:12:30:15 +0000] GET / 200 1', /no request in quotes/],
    ['- - - [05/Jan/2026:12:30:15 +0000] "\\x16\\x03" 400 0', /none of HTTP/],
    ['- - - [05/Jan/2026:12:30:15 +0000] "OPTIONS * HTTP/1.1" 200 0', /no path/],
    ['- - - [05/Jan/2026:12:30:15 +0000] "GET / HTTP/1.1" abc', /no status/],
    ['{"method":"GET","uri":"/"', /not the JSON/],
    ['{"level":30,"time":1767616215000,"msg":"started"}', /no method and URL/],
    ['{"method":"GET","uri":"/","status":200}', /no time/],
    ['{"method":"GET","uri":"/","ts":1767616215}', /no status/],
  ];
  for (const [line, fault] of faults) {
    it(`says of ${line} that it has ${String(fault)}`, () => expect(parseLogLine(line)).to.match(fault));
  }

  const shapes: [string, object][] = [
    [
      'nginx',
      {
        time_iso8601: '2026-01-05T12:30:15+00:00',
        request: 'GET /a?b=1 HTTP/1.1',
        status: '200',
        body_bytes_sent: '512',
        request_time: '0.250',
        http_host: 'h.example',
      },
    ],
    [
      'nginx with msec',
      {
        msec: '1767616215.000',
        request_method: 'GET',
        request_uri: '/a?b=1',
        status: 200,
        body_bytes_sent: 512,
        request_time: 0.25,
        host: 'h.example',
      },
    ],
    [
      'Caddy',
      {
        level: 'info',
        ts: 1_767_616_215,
        request: { method: 'GET', host: 'h.example', uri: '/a?b=1' },
        duration: 0.25,
        size: 512,
        status: 200,
      },
    ],
    [
      'pino-http',
      {
        level: 30,
        time: AT,
        req: { method: 'GET', url: '/a?b=1', headers: { host: 'h.example' } },
        res: { statusCode: 200, headers: { 'content-length': '512' } },
        responseTime: 250,
      },
    ],
    [
      'ECS, nested',
      {
        '@timestamp': '2026-01-05T12:30:15.000Z',
        http: { request: { method: 'get' }, response: { status_code: 200, body: { bytes: 512 } } },
        url: { path: '/a', query: 'b=1', domain: 'h.example' },
        event: { duration: 250_000_000 },
      },
    ],
    [
      'ECS, dotted',
      {
        '@timestamp': '2026-01-05T12:30:15.000Z',
        'http.request.method': 'GET',
        'http.response.status_code': 200,
        'http.response': { 'body.bytes': 512 },
        'url.original': 'https://h.example/a?b=1',
        'event.duration': 250_000_000,
      },
    ],
  ];
  for (const [name, fields] of shapes) {
    it(`reads JSON as ${name} writes it`, () => {
      expect(parseLogLine(JSON.stringify(fields))).to.deep.equal({
        at: AT,
        method: 'GET',
        target: '/a?b=1',
        host: 'h.example',
        status: 200,
        bytes: 512,
        durationMs: 250,
      });
    });
  }

  it('never throws, and answers a sound request or a reason, whatever the line', () => {
    const pieces = fc.constantFrom(
      '[',
      ']',
      '"',
      '\\',
      ' ',
      '{',
      '}',
      'GET',
      '/',
      '05/Jan/2026:12:30:15 +0000',
      '200',
      '-',
      '\u0000',
      '💥',
      ':',
      ',',
    );
    const lines = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join('')),
      fc.json().map((text) => `{${text}`),
      fc.object().map((value) => JSON.stringify(value)),
      fc
        .record({
          method: fc.anything(),
          url: fc.anything(),
          status: fc.anything(),
          time: fc.anything(),
          bytes: fc.anything(),
        })
        .map((value) => {
          return JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? String(item) : item)) ?? '';
        }),
    );
    fc.assert(
      fc.property(lines, (line) => {
        const request = parseLogLine(line);
        if (typeof request === 'string') return request.length > 0;
        expect(request.target.startsWith('/')).to.equal(true);
        expect(Number.isFinite(request.at)).to.equal(true);
        expect(request.status).to.be.within(0, 999);
        expect(request.bytes).to.be.at.least(-1);
        return true;
      }),
      { numRuns: 3000 },
    );
  });

  it('does not look at a line again and again: hostile lines cost steps in proportion to their length', () => {
    const hostile = [
      (size: number) => '"\\'.repeat(size),
      (size: number) => `- [05/Jan/2026:12:30:15 +0000] "${'\\"'.repeat(size)}`,
      (size: number) => `- [05/Jan/2026:12:30:15 +0000] "GET /${' '.repeat(size)}`,
      (size: number) => `- [${'0'.repeat(size)}] "GET / HTTP/1.1" 200 1`,
      (size: number) => '{"a":'.repeat(size),
      (size: number) => `{"method":"GET","url":"/","time":"${'1'.repeat(size)}"}`,
      (size: number) =>
        `- [05/Jan/2026:12:30:15 +0000] "GET / HTTP/1.1" 200 1 "${' 1.'.repeat(size)}" "${' 0.1x'.repeat(size)}`,
    ];
    // Each line is as long as lines can be; with quadratic steps one of them would take minutes, and mocha's limit is 5 s.
    for (const make of hostile) for (let turn = 0; turn < 20; turn++) parseLogLine(make(60_000).slice(0, 65_536));
  });
});
