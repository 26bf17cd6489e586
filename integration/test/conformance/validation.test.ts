import type { Case, Field, Step } from '#src/conformance.js';
import { describeCases } from './describe-cases.js';

const cc = (value: string): Field => ['Cache-Control', value];
const NOW: Field = ['Date', 0];
const TAG: Field = ['ETag', '"abcdef"'];
const fresh = (...fields: Field[]): Step => ({ fields: [cc('max-age=100000'), NOW, ...fields], wait: 3 });
const stale = (...fields: Field[]): Step => ({ fields: [cc('max-age=2'), ...fields], wait: 3 });

describeCases('If-None-Match', [
  ...(
    [
      ['the same tag', '"abcdef"', '"abcdef"'],
      ['the same weak tag', 'W/"abcdef"', 'W/"abcdef"'],
      ['a weak form of a strong tag', '"abcdef"', 'W/"abcdef"'],
      ['the first of several', '"abcdef"', '"abcdef", "1234", "5678"'],
      ['one in the middle', '"abcdef"', '"1234", "abcdef", "5678"'],
      ['the last of several', '"abcdef"', '"1234", "5678", "abcdef"'],
      ['any', '"abcdef"', '*'],
    ] as const
  ).map(([what, tag, given]): Case => ({
    title: `gets 304 with ETag from a fresh answer: ${what}`,
    section: 'RFC 9110 §13.1.2',
    steps: [fresh(['ETag', tag]), { sends: [['If-None-Match', given]], from: 'cache', is: 304, has: [['ETag', tag]] }],
  })),
  {
    title: 'gets the whole answer when it names another tag',
    section: 'RFC 9110 §13.1.2',
    steps: [fresh(TAG), { sends: [['If-None-Match', '"x"']], from: 'cache', is: 200 }],
  },
  {
    title: 'goes before If-Modified-Since',
    section: 'RFC 9110 §13.2.2',
    steps: [
      fresh(['Last-Modified', -5000], TAG),
      {
        sends: [
          ['If-None-Match', '"abcdef"'],
          ['If-Modified-Since', -6000],
        ],
        from: 'cache',
        is: 304,
      },
    ],
  },
  {
    title: 'gets 304 when nothing was stored and the origin sends what the client has',
    section: 'RFC 9111 §4.3.2',
    steps: [
      { sends: [['If-None-Match', '"abcdef"']], fields: [cc('max-age=60'), TAG], from: 'origin', is: 304 },
      { from: 'cache', is: 200 },
    ],
  },
  {
    title: 'carries what Vary names',
    section: 'RFC 9111 §4.3.1',
    steps: [
      { sends: [['Abc', '123']], fields: [['Expires', 1], TAG, NOW, ['Vary', 'Abc']], wait: 3 },
      { sends: [['Abc', '123']], from: 'etag', told: [['Abc', '123']] },
    ],
  },
  ...['"abcdef"', 'W/"abcdef"'].map((tag): Case => ({
    title: `asks the origin about a stale answer with ${tag}`,
    section: 'RFC 9111 §4.3.1',
    steps: [stale(['ETag', tag]), { from: 'etag', told: [['If-None-Match', tag]], text: 'answer 1' }],
  })),
  ...['no-cache', 'max-age=10000, no-cache'].map((directives): Case => ({
    title: `asks the origin each time about an answer with ${directives}`,
    section: 'RFC 9111 §5.2.2.4',
    steps: [{ fields: [cc(directives), TAG, NOW] }, { from: 'etag' }],
  })),
  {
    title: 'asks the origin about a stale answer with must-revalidate',
    section: 'RFC 9111 §5.2.2.2',
    steps: [{ fields: [cc('max-age=2, must-revalidate'), TAG] }, { from: 'cache', wait: 3 }, { from: 'etag' }],
  },
]);

describeCases('If-Modified-Since', [
  ...(
    [
      ['the same date', [['Last-Modified', -3000]], -3003],
      ['a later date', [['Last-Modified', -3000]], -2000],
      ['an answer that names no date, but is newer', [], 3],
    ] as const
  ).map(([what, fields, since]): Case => ({
    title: `gets 304 from a fresh answer: ${what}`,
    section: 'RFC 9110 §13.1.3',
    steps: [fresh(...fields), { sends: [['If-Modified-Since', since]], from: 'cache', is: 304 }],
  })),
  {
    title: 'gets 304 in the form of RFC 850, too',
    section: 'RFC 9110 §5.6.7',
    steps: [
      fresh(['Last-Modified', 'Wed, 01 Jan 2020 00:00:00 GMT']),
      { sends: [['If-Modified-Since', 'Wednesday, 01-Jan-20 00:00:00 GMT']], from: 'cache', is: 304 },
    ],
  },
  {
    title: 'gets the whole answer when that is newer',
    section: 'RFC 9110 §13.1.3',
    steps: [fresh(['Last-Modified', -3000]), { sends: [['If-Modified-Since', -9000]], from: 'cache', is: 200 }],
  },
  {
    title: 'gets 304 after the origin has confirmed what was stale',
    section: 'RFC 9111 §4.3.2',
    steps: [
      { fields: [cc('max-age=2'), ['Last-Modified', 'Wed, 01 Jan 2020 00:00:00 GMT'], NOW], wait: 3 },
      { sends: [['If-Modified-Since', 'Wed, 01 Jan 2020 00:00:00 GMT']], from: 'date', is: 304 },
    ],
  },
]);

const UPDATED: readonly (readonly [name: string, first: string, second: string])[] = [
  ['Test-Header', 'a1', 'b2'],
  ['X-Test-Header', 'a1', 'b2'],
  ['Content-Foo', 'a1', 'b2'],
  ['X-Content-Foo', 'a1', 'b2'],
  ['Content-Encoding', 'a1', 'b2'],
  ['Content-Location', '/foo', '/bar'],
  ['Content-MD5', 'rL0Y20zC+Fzt72VPzMSk2A==', 'N7UdGUp1E+RbVvZSTy1R8g=='],
  ['Content-Security-Policy', "default-src 'self'", "default-src 'self' cdn.example.com"],
  ['Content-Type', 'text/plain', 'text/plain;charset=utf-8'],
  ['Clear-Site-Data', 'cache', 'cookies'],
  ['Expires', 'Fri, 01 Jan 2038 01:01:01 GMT', 'Mon, 11 Jan 2038 11:11:11 GMT'],
  ['Public-Key-Pins', 'a1', 'b2'],
  ['Set-Cookie', 'a=b', 'a=c'],
  ['Set-Cookie2', 'a=b', 'a=c'],
  ['X-Frame-Options', 'deny', 'sameorigin'],
  ['X-XSS-Protection', '1', '1; mode=block'],
];

describeCases('304', [
  {
    title: 'leaves what it does not name as it was',
    section: 'RFC 9111 §3.2',
    steps: [
      {
        fields: [cc('max-age=2'), ['Last-Modified', 'Wed, 01 Jan 2020 00:00:00 GMT'], NOW, ['Test-Header', 'a']],
        wait: 3,
      },
      { fields: [['Last-Modified', 'Wed, 01 Jan 2020 00:00:00 GMT'], NOW], from: 'date', has: [['Test-Header', 'a']] },
    ],
  },
  ...UPDATED.map(([name, first, second]): Case => ({
    title: `updates ${name}, for this answer and for those that are stored`,
    section: 'RFC 9111 §3.2',
    steps: [
      { fields: [NOW, [name, first], cc('max-age=2'), TAG], wait: 3 },
      { fields: [NOW, [name, second], cc('max-age=2'), TAG], from: 'etag', has: [[name, second]] },
      { from: 'cache', has: [[name, second]], text: 'answer 1' },
    ],
  })),
  {
    title: 'updates Cache-Control',
    section: 'RFC 9111 §3.2',
    steps: [
      { fields: [NOW, cc('max-age=1'), TAG], wait: 3 },
      { fields: [NOW, cc('max-age=3600'), TAG], from: 'etag', has: [['Cache-Control', 'max-age=3600']], wait: 3 },
      { from: 'cache', has: [['Cache-Control', 'max-age=3600']], text: 'answer 1' },
    ],
  },
  {
    title: 'does not update Content-Length',
    section: 'RFC 9111 §3.2',
    steps: [
      { fields: [NOW, ['Content-Length', '5'], cc('max-age=2'), TAG], content: 'first', wait: 3 },
      { fields: [NOW, ['Content-Length', '10'], cc('max-age=2'), TAG], from: 'etag', has: [['Content-Length', '5']] },
      { from: 'cache', has: [['Content-Length', '5']], text: 'first' },
    ],
  },
]);

describeCases('HEAD', [
  {
    title: 'goes to the origin when what is stored is stale, and keeps the fields that its answer does not name',
    section: 'RFC 9111 §4.3.5',
    steps: [stale(['A', '1']), { method: 'HEAD', originMethod: 'HEAD', from: 'origin' }],
  },
  {
    title: 'renews what is stored when its answer shows that it is the same',
    section: 'RFC 9111 §4.3.5',
    steps: [
      { fields: [cc('max-age=2'), TAG, ['A', '1'], ['Content-Length', '5']], content: 'whole', wait: 3 },
      { method: 'HEAD', fields: [cc('max-age=1000'), TAG, ['A', '2'], ['Content-Length', '5']], originMethod: 'HEAD' },
      { from: 'cache', text: 'whole', has: [['A', '2']] },
    ],
  },
  {
    title: 'ends reuse of what is stored when its answer shows that it is another',
    section: 'RFC 9111 §4.3.5',
    steps: [
      { fields: [cc('max-age=2'), TAG, ['Content-Length', '5']], content: 'whole', wait: 3 },
      { method: 'HEAD', fields: [cc('max-age=1000'), ['ETag', '"other"'], ['Content-Length', '9']] },
      { from: 'origin' },
    ],
  },
  {
    title: 'is answered from a fresh answer to GET, without content',
    section: 'RFC 9111 §4',
    steps: [
      fresh(['A', '1']),
      {
        method: 'HEAD',
        from: 'cache',
        text: '',
        has: [
          ['A', '1'],
          ['Content-Length', '8'],
        ],
      },
    ],
  },
  {
    title: 'never becomes an answer to GET',
    section: 'RFC 9111 §4',
    steps: [
      { ...fresh(), method: 'HEAD' },
      { from: 'origin', text: 'answer 2' },
    ],
  },
]);

const METHODS = ['POST', 'PUT', 'DELETE', 'M-SEARCH'];
const PLACES: readonly Field[] = [
  ['Location', '{base}location'],
  ['Content-Location', '{base}content-location'],
];

describeCases('invalidation', [
  ...METHODS.flatMap((method): Case[] => [
    {
      title: `${method} that succeeds ends reuse of its URL`,
      section: 'RFC 9111 §4.4',
      steps: [fresh(), { method, body: 'abc' }, { from: 'origin' }],
    },
    {
      title: `${method} that fails does not end reuse of its URL`,
      section: 'RFC 9111 §4.4',
      steps: [fresh(), { method, body: 'abc', status: 500 }, { from: 'cache', is: 200 }],
    },
    {
      title: `${method} that succeeds ends reuse of Location`,
      section: 'RFC 9111 §4.4',
      steps: [
        { ...fresh(), path: 'location' },
        { method, body: 'abc', fields: PLACES },
        { path: 'location', from: 'origin' },
      ],
    },
    {
      title: `${method} that succeeds ends reuse of Content-Location`,
      section: 'RFC 9111 §4.4',
      steps: [
        { ...fresh(), path: 'content-location' },
        { method, body: 'abc', fields: PLACES },
        { path: 'content-location', from: 'origin' },
      ],
    },
  ]),
  {
    title: 'ends reuse of every variant',
    section: 'RFC 9111 §4.4',
    steps: [
      { ...fresh(['Vary', 'Foo']), sends: [['Foo', '1']] },
      { ...fresh(['Vary', 'Foo']), sends: [['Foo', '2']] },
      { method: 'POST', body: 'abc' },
      { sends: [['Foo', '1']], from: 'origin' },
      { sends: [['Foo', '2']], from: 'origin' },
    ],
  },
  {
    title: 'does not reach another origin by Location',
    section: 'RFC 9111 §4.4',
    steps: [
      { ...fresh(), path: 'location' },
      { method: 'POST', body: 'abc', fields: [['Location', 'http://other.example{base}location']] },
      { path: 'location', from: 'cache' },
    ],
  },
  {
    title: 'a later answer with no-store does not end reuse of an earlier one',
    section: 'RFC 9111 §5.2.2.5',
    steps: [
      fresh(['A', '1']),
      { sends: [cc('no-cache')], fields: [cc('no-store'), ['A', '2']], from: 'origin' },
      { from: 'cache', has: [['A', '1']] },
    ],
  },
]);

const WHOLE: Step = { fields: [cc('max-age=3600')], content: '0123456789A' };
const PART: Step = {
  sends: [['Range', 'bytes=-5']],
  status: 206,
  fields: [cc('max-age=3600'), ['Content-Range', 'bytes 5-9/10'], ['ETag', '"a"']],
  content: '01234',
  told: [['Range', 'bytes=-5']],
};
const range = (value: string, text: string): Step => ({ sends: [['Range', value]], from: 'cache', is: 206, text });

describeCases('ranges', [
  {
    title: 'the beginning is cut from what is stored',
    section: 'RFC 9111 §3.4',
    steps: [WHOLE, range('bytes=0-1', '01')],
  },
  {
    title: 'all but the beginning is cut from what is stored',
    section: 'RFC 9111 §3.4',
    steps: [WHOLE, range('bytes=1-', '123456789A')],
  },
  { title: 'the end is cut from what is stored', section: 'RFC 9111 §3.4', steps: [WHOLE, range('bytes=-1', 'A')] },
  {
    title: 'have the fields of what is stored',
    section: 'RFC 9111 §3.4',
    steps: [
      { ...WHOLE, fields: [cc('max-age=3600'), ['A', '1']] },
      {
        ...range('bytes=0-1', '01'),
        has: [
          ['A', '1'],
          ['Content-Range', 'bytes 0-1/11'],
          ['Content-Length', '2'],
        ],
      },
    ],
  },
  { title: 'a part is reused as that part', section: 'RFC 9111 §3.3', steps: [PART, range('bytes=-5', '01234')] },
  { title: 'a smaller part is cut from a part', section: 'RFC 9111 §3.3', steps: [PART, range('bytes=6-8', '123')] },
  { title: 'the rest is cut from a part', section: 'RFC 9111 §3.3', steps: [PART, range('bytes=6-', '1234')] },
  { title: 'the end is cut from a part', section: 'RFC 9111 §3.3', steps: [PART, range('bytes=-1', '4')] },
  {
    title: 'parts that make up the whole are joined to it',
    section: 'RFC 9111 §3.4',
    steps: [
      {
        ...PART,
        sends: [['Range', 'bytes=0-4']],
        told: [],
        fields: [cc('max-age=3600'), ['Content-Range', 'bytes 0-4/10'], TAG],
      },
      {
        status: 206,
        fields: [cc('max-age=3600'), ['Content-Range', 'bytes 5-9/10'], TAG],
        content: '56789',
        sends: [['Range', 'bytes=5-']],
        from: 'origin',
        is: 206,
      },
      { from: 'cache', is: 200, text: '0123456789' },
    ],
  },
  {
    title: 'a part is never the answer to a request for the whole',
    section: 'RFC 9111 §3.3',
    steps: [PART, { from: 'origin', is: 200, content: '0123456789', text: '0123456789' }],
  },
]);
