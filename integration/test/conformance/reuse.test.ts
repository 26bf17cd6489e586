import { STANDARD, type Case, type Field, type Step } from '#src/conformance.js';
import { describeCases } from './describe-cases.js';

const cc = (value: string): Field => ['Cache-Control', value];
const NOW: Field = ['Date', 0];
const FRESH: readonly Field[] = [cc('max-age=100000'), ['Last-Modified', 0], NOW];
const fresh = (...fields: Field[]): Step => ({ fields: [...FRESH, ...fields], wait: 3 });

const STATUSES = [200, 203, 204, 299, 301, 302, 303, 307, 308, 400, 404, 410, 499, 500, 502, 503, 504, 599];

describeCases('statuses', [
  ...STATUSES.flatMap((status): Case[] => [
    {
      title: `reuses a fresh ${status}`,
      section: 'RFC 9111 §3',
      steps: [
        { ...fresh(), status },
        { from: 'cache', is: status },
      ],
    },
    {
      title: `does not reuse a stale ${status}`,
      section: 'RFC 9111 §4',
      steps: [
        { fields: [['Expires', -5000], ['Last-Modified', -100_000], NOW], status },
        { from: 'origin', status: 200 },
      ],
    },
  ]),
  {
    title: 'does not reuse an unknown status with no-store and must-understand',
    section: 'RFC 9111 §5.2.2.3',
    steps: [{ status: 599, fields: [cc('max-age=3600, no-store, must-understand')] }, { from: 'origin' }],
  },
  {
    title: 'reuses a known status with no-store and must-understand',
    section: 'RFC 9111 §5.2.2.3',
    steps: [{ fields: [cc('max-age=3600, no-store, must-understand')] }, { from: 'cache' }],
  },
  ...[102, 103].map((status): Case => {
    const fields: Readonly<Record<string, string>> =
      status === 103 ? { link: '</a.css>; rel=preload; as=style', 'x-note': 'a' } : {};
    return {
      title: `passes ${status} on and keeps the final answer`,
      section: 'RFC 9110 §15.2',
      steps: [{ interim: [[status, fields]], fields: [cc('max-age=100000'), NOW], wait: 3 }, { from: 'cache' }],
    };
  }),
]);

/** What a shared cache keeps of an answer: name and two values; `kept: false` for what belongs to a connection. */
const FIELDS: readonly (readonly [name: string, first: string, second: string])[] = [
  ['Test-Header', 'a1', 'b2'],
  ['X-Test-Header', 'a1', 'b2'],
  ['Content-Foo', 'a1', 'b2'],
  ['X-Content-Foo', 'a1', 'b2'],
  ['Content-Encoding', 'a1', 'b2'],
  ['Content-Location', '/foo', '/bar'],
  ['Content-MD5', 'rL0Y20zC+Fzt72VPzMSk2A==', 'N7UdGUp1E+RbVvZSTy1R8g=='],
  ['Content-Range', 'a1', 'b2'],
  ['Content-Security-Policy', "default-src 'self'", "default-src 'self' cdn.example.com"],
  ['Content-Type', 'text/plain', 'text/plain;charset=utf-8'],
  ['Clear-Site-Data', 'cache', 'cookies'],
  ['Public-Key-Pins', 'a1', 'b2'],
  ['Set-Cookie', 'a=b', 'a=c'],
  ['Set-Cookie2', 'a=b', 'a=c'],
  ['X-Frame-Options', 'deny', 'sameorigin'],
  ['X-XSS-Protection', '1', '1; mode=block'],
  ['Expires', 'Fri, 01 Jan 2038 01:01:01 GMT', 'Mon, 11 Jan 2038 11:11:11 GMT'],
];
const HOP_BY_HOP = [
  'Connection',
  'Keep-Alive',
  'Proxy-Authenticate',
  'Proxy-Authentication-Info',
  'Proxy-Authorization',
  'Proxy-Connection',
  'TE',
  'Upgrade',
];

describeCases('fields', [
  ...FIELDS.map(([name, , value]): Case => ({
    title: `keeps ${name}`,
    section: 'RFC 9111 §3.1',
    steps: [
      { fields: [NOW, [name, value], cc('max-age=3600')], wait: 3 },
      { from: 'cache', has: [[name, value]] },
    ],
  })),
  {
    title: 'keeps Cache-Control',
    section: 'RFC 9111 §3.1',
    steps: [
      { fields: [NOW, cc('max-age=3600')], wait: 3 },
      { from: 'cache', has: [['Cache-Control', 'max-age=3600']] },
    ],
  },
  {
    title: 'keeps ETag',
    section: 'RFC 9111 §3.1',
    steps: [
      { fields: [NOW, ['ETag', '"b"'], cc('max-age=3600')], wait: 3 },
      { from: 'cache', has: [['ETag', '"b"']] },
    ],
  },
  {
    title: 'keeps Content-Length',
    section: 'RFC 9111 §3.1',
    steps: [
      { fields: [NOW, ['Content-Length', '10'], cc('max-age=3600')], content: '0123456789', wait: 3 },
      { from: 'cache', has: [['Content-Length', '10']], text: '0123456789' },
    ],
  },
  ...HOP_BY_HOP.map((name): Case => ({
    title: `does not keep ${name}`,
    section: 'RFC 9111 §3.1',
    steps: [
      { fields: [NOW, [name, 'a-value'], cc('max-age=3600')], wait: 3 },
      { from: 'cache', ...(name === 'Connection' || name === 'Keep-Alive' ? {} : { lacks: [name] }) },
    ],
  })),
  {
    title: 'does not keep what Connection lists',
    section: 'RFC 9111 §3.1',
    steps: [
      fresh(['Connection', 'a, b'], ['a', '1'], ['b', '2'], ['c', '3']),
      { from: 'cache', has: [['c', '3']], lacks: ['a', 'b'] },
    ],
  },
  {
    title: 'does not give on what no-cache lists without validation',
    section: 'RFC 9111 §5.2.2.4',
    steps: [
      { fields: [cc('no-cache="a, b"'), ['a', '1'], ['b', '2'], ['c', '3'], cc('max-age=3600'), NOW], wait: 3 },
      { from: 'cache', has: [['c', '3']], lacks: ['a', 'b'] },
    ],
  },
  {
    title: 'has Age on what it reuses',
    section: 'RFC 9111 §4',
    steps: [fresh(), { from: 'cache', has: [['Age', (age) => Number(age) > 2]] }],
  },
  {
    title: 'counts Age on from the one received, fresh by Expires',
    section: 'RFC 9111 §4.2.3',
    steps: [
      { fields: [['Expires', 2_592_000], NOW, ['Age', '30']], wait: 3 },
      { from: 'cache', has: [['Age', (age) => Number(age) > 32]] },
    ],
  },
  {
    title: 'counts Age on from the one received, fresh by max-age',
    section: 'RFC 9111 §4.2.3',
    steps: [fresh(['Age', '30']), { from: 'cache', has: [['Age', (age) => Number(age) > 32]] }],
  },
  {
    title: 'leaves Date as it was',
    section: 'RFC 9110 §6.6.1',
    steps: [fresh(), { from: 'cache', has: [['Date', -3]] }],
  },
  {
    title: 'leaves Date and Expires as they were',
    section: 'RFC 9110 §6.6.1',
    steps: [
      { fields: [['Expires', 2_592_000], NOW], wait: 3 },
      {
        from: 'cache',
        has: [
          ['Date', -3],
          ['Expires', 2_591_997],
        ],
      },
    ],
  },
  {
    title: 'passes CDN-Cache-Control on',
    section: 'RFC 9213 §2.2',
    steps: [{ fields: [cc('max-age=10000'), ['CDN-Cache-Control', 'foo'], NOW], has: [['CDN-Cache-Control', 'foo']] }],
  },
]);

describeCases('keys', [
  {
    title: 'tells queries apart',
    section: 'RFC 9111 §2',
    steps: [
      { ...fresh(), path: '?test=1' },
      { path: '?test=2', from: 'origin' },
    ],
  },
  {
    title: 'reuses an answer to the same query',
    section: 'RFC 9111 §2',
    steps: [
      { ...fresh(), path: '?test=1' },
      { path: '?test=1', from: 'cache' },
    ],
  },
  {
    title: 'reuses a public answer for a request with Cookie',
    section: 'RFC 9111 §7.3',
    steps: [fresh(), { sends: [['Cookie', 'a=b']], from: 'cache' }],
  },
  {
    title: 'does not reuse what was an answer to Authorization',
    section: 'RFC 9111 §3.5',
    steps: [
      {
        sends: [['Authorization', 'FOO']],
        fields: [['Expires', 2_592_000], NOW],
        told: [['Authorization', 'FOO']],
        wait: 3,
      },
      { from: 'origin' },
    ],
  },
  ...['max-age=3600, public', 'max-age=3600, must-revalidate', 's-maxage=3600'].map((directives): Case => ({
    title: `reuses an answer to Authorization with ${directives}`,
    section: 'RFC 9111 §3.5',
    steps: [
      { sends: [['Authorization', 'FOO']], fields: [cc(directives), NOW], told: [['Authorization', 'FOO']], wait: 3 },
      { from: 'cache' },
    ],
  })),
]);

describeCases('requests that insist', [
  ...(
    [
      ['max-age=0', fresh()],
      ['max-age=1', fresh()],
      ['max-age=600', { fields: [cc('max-age=3600'), ['Age', '1800']] }],
      ['min-fresh=2000', { fields: [cc('max-age=1500')] }],
      ['min-fresh=1000', { fields: [cc('max-age=1500'), ['Age', '1000']] }],
      ['no-cache', { fields: [cc('max-age=3600')] }],
      ['no-store', { fields: [cc('max-age=3600')] }],
    ] as const
  ).map(([directive, first]): Case => ({
    title: `honours ${directive} of a request for what is fresh`,
    section: 'RFC 9111 §5.2.1',
    steps: [first, { sends: [cc(directive)], from: 'origin' }],
  })),
  {
    title: 'gives a stale answer to max-stale',
    section: 'RFC 9111 §5.2.1.2',
    steps: [
      { fields: [cc('max-age=1')], wait: 3 },
      { sends: [cc('max-stale=1000')], from: 'cache' },
    ],
  },
  {
    title: 'gives an answer stale by Age to max-stale',
    section: 'RFC 9111 §5.2.1.2',
    steps: [{ fields: [cc('max-age=1500'), ['Age', '2000']] }, { sends: [cc('max-stale=1000')], from: 'cache' }],
  },
  {
    title: 'answers only-if-cached with 504 when nothing is stored',
    section: 'RFC 9111 §5.2.1.7',
    steps: [{ sends: [cc('only-if-cached')], from: 'cache', is: 504 }],
  },
  {
    title: 'validates by Last-Modified for no-cache',
    section: 'RFC 9111 §5.2.1.4',
    steps: [
      { fields: [cc('max-age=3600'), ['Last-Modified', -10_000], NOW] },
      { sends: [cc('no-cache')], from: 'date' },
    ],
  },
  {
    title: 'validates by ETag for no-cache',
    section: 'RFC 9111 §5.2.1.4',
    steps: [{ fields: [cc('max-age=3600'), ['ETag', '"a"']] }, { sends: [cc('no-cache')], from: 'etag' }],
  },
  {
    title: 'takes Pragma: no-cache of a request for Cache-Control: no-cache',
    section: 'RFC 9111 §5.4',
    steps: [{ fields: [cc('max-age=3600')] }, { sends: [['Pragma', 'no-cache']], from: 'origin' }],
  },
  {
    title: 'takes no notice of another Pragma',
    section: 'RFC 9111 §5.4',
    steps: [{ fields: [cc('max-age=3600')] }, { sends: [['Pragma', 'foo']], from: 'cache' }],
  },
]);

const VARY: readonly Field[] = [cc('max-age=5000'), ['Last-Modified', -3000], NOW];
const FOO: Field = ['Foo', '1'];
const vary = (value: string, ...sends: Field[]): Step => ({ sends, fields: [...VARY, ['Vary', value]] });
const ONE_TWO_THREE: readonly Field[] = [FOO, ['Bar', 'abc'], ['Baz', '789']];

describeCases('Vary', [
  ...(
    [
      ['what is the same', 'cache', vary('Foo', FOO), [FOO]],
      ['another value', 'origin', vary('Foo', FOO), [['Foo', '2']]],
      ['a value where none was', 'origin', vary('Foo'), [FOO]],
      ['no value where one was', 'origin', vary('Foo', FOO), []],
      ['the same beside what is not listed', 'cache', vary('Foo', FOO, ['Other', '2']), [FOO, ['Other', '3']]],
      ['two that are the same', 'cache', vary('Foo, Bar', FOO, ['Bar', 'abc']), [FOO, ['Bar', 'abc']]],
      [
        'two of which one differs',
        'origin',
        vary('Foo, Bar', FOO, ['Bar', 'abc']),
        [
          ['Foo', '2'],
          ['Bar', 'abc'],
        ],
      ],
      ['two that are left out', 'origin', vary('Foo, Bar', FOO, ['Bar', 'abc']), []],
      ['three that are the same', 'cache', vary('Foo, Bar, Baz', ...ONE_TWO_THREE), ONE_TWO_THREE],
      [
        'three of which one differs',
        'origin',
        vary('Foo, Bar, Baz', ...ONE_TWO_THREE),
        [
          ['Foo', '2'],
          ['Bar', 'abc'],
          ['Baz', '789'],
        ],
      ],
      [
        'three in another order, one of which differs',
        'origin',
        vary('Foo, Bar, Baz', ...ONE_TWO_THREE),
        [FOO, ['Baz', '789'], ['Bar', 'abcde']],
      ],
      [
        'three of which one is absent both times',
        'cache',
        vary('Foo, Bar, Baz', FOO, ['Baz', '789']),
        [FOO, ['Baz', '789']],
      ],
      ['white space', 'cache', vary('Foo', ['Foo', '1,2']), [['Foo', ' 1, 2 ']]],
      [
        'a list on two lines',
        'cache',
        vary('Foo', ['Foo', '1, 2']),
        [
          ['Foo', '1'],
          ['Foo', '2'],
        ],
      ],
      [
        'languages in another order',
        'cache',
        vary('Accept-Language', ['Accept-Language', 'en, de']),
        [['Accept-Language', 'de, en']],
      ],
      [
        'languages in another case',
        'cache',
        vary('Accept-Language', ['Accept-Language', 'en, de']),
        [['Accept-Language', 'eN, De']],
      ],
      [
        'languages with white space',
        'cache',
        vary('Accept-Language', ['Accept-Language', 'en, de']),
        [['Accept-Language', ' en ,   de']],
      ],
      ['*', 'origin', vary('*', FOO), [FOO]],
      ['*, *', 'origin', vary('*, *', FOO), [FOO]],
      [', *', 'origin', vary(', *', FOO), [FOO]],
      ['*, Foo', 'origin', vary('*, Foo', FOO), [FOO]],
      ['Foo, *', 'origin', vary('Foo, *', FOO), [FOO]],
      ['* on two lines', 'origin', { sends: [FOO], fields: [...VARY, ['Vary', '*'], ['Vary', '*']] }, [FOO]],
      ['* behind an empty line', 'origin', { sends: [FOO], fields: [...VARY, ['Vary', ''], ['Vary', '*']] }, [FOO]],
    ] as const
  ).map(([what, from, first, sends]): Case => ({
    title: `${from === 'cache' ? 'reuses' : 'does not reuse'}: ${what}`,
    section: 'RFC 9111 §4.1',
    steps: [first, { sends, from }],
  })),
  {
    title: 'keeps two variants',
    section: 'RFC 9111 §4.1',
    steps: [
      { ...vary('Foo', FOO), content: 'one' },
      { ...vary('Foo', ['Foo', '2']), content: 'two', from: 'origin' },
      { sends: [FOO], from: 'cache', text: 'one' },
      { sends: [['Foo', '2']], from: 'cache', text: 'two' },
    ],
  },
  {
    title: 'keeps two variants of cookies that it may keep',
    section: 'RFC 9111 §4.1',
    steps: [
      { ...vary('X-User', ['X-User', 'a']), content: 'for a' },
      { ...vary('X-User', ['X-User', 'b']), content: 'for b', from: 'origin' },
      { sends: [['X-User', 'a']], from: 'cache', text: 'for a' },
    ],
  },
]);

const KEPT_FROM_STALE = ['must-revalidate', 'proxy-revalidate', 'no-cache', 's-maxage=2'].map((directive): Case => ({
  title: `are not given to anybody with ${directive}, though the origin is gone`,
  section: 'RFC 9111 §4.2.4',
  steps: [
    { fields: [cc(`max-age=2, ${directive}`)], wait: 3 },
    { breaks: true, is: 502 },
  ],
}));

describeCases('stale answers', [
  ...KEPT_FROM_STALE,
  {
    title: 'are given inside stale-if-error when the origin closes the connection',
    section: 'RFC 5861 §4',
    steps: [
      { fields: [cc('max-age=2, stale-if-error=60')], wait: 3 },
      { breaks: true, is: 200, text: 'answer 1' },
    ],
  },
  {
    title: 'are given inside stale-if-error when the origin answers 503',
    section: 'RFC 5861 §4',
    steps: [
      { fields: [cc('max-age=2, stale-if-error=60')], wait: 3 },
      { status: 503, is: 200, text: 'answer 1' },
    ],
  },
  {
    title: 'are not given after stale-if-error',
    section: 'RFC 5861 §4',
    steps: [
      { fields: [cc('max-age=2, stale-if-error=4')], wait: 9 },
      { status: 503, from: 'origin', is: 503 },
    ],
  },
  {
    title: 'are given inside stale-while-revalidate, and renewed behind it',
    section: 'RFC 5861 §3',
    steps: [
      { fields: [cc('max-age=1, stale-while-revalidate=3600'), ['ETag', '"abc"']], wait: 3 },
      { text: 'answer 1', fields: [cc('max-age=3600'), ['ETag', '"def"']], wait: 1 },
      { from: 'cache', text: 'answer 2', has: [['ETag', '"def"']] },
    ],
  },
  {
    title: 'are not given after stale-while-revalidate',
    section: 'RFC 5861 §3',
    steps: [
      { fields: [cc('max-age=1, stale-while-revalidate=4'), ['ETag', '"abc"']], wait: 9 },
      { fields: [cc('no-cache')], from: 'origin' },
    ],
  },
]);

describeCases(
  'stale answers, where the operator allows them after errors',
  [
    ...KEPT_FROM_STALE,
    {
      title: 'are given when the origin closes the connection',
      section: 'RFC 9111 §4.2.4',
      steps: [
        { fields: [cc('max-age=2')], wait: 3 },
        { breaks: true, is: 200, text: 'answer 1', lacks: ['Warning'] },
      ],
    },
    {
      title: 'are given when the origin answers 503',
      section: 'RFC 9111 §4.2.4',
      steps: [
        { fields: [cc('max-age=2')], wait: 3 },
        { status: 503, is: 200, text: 'answer 1' },
      ],
    },
    {
      title: 'are not given while the origin is well',
      section: 'RFC 9111 §4.2',
      steps: [{ fields: [cc('max-age=2')], wait: 3 }, { from: 'origin' }],
    },
  ],
  { ...STANDARD, policy: { ...STANDARD.policy, staleIfError: '1h' } },
);
