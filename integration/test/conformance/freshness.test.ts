import type { Case, Field } from '#src/conformance.js';
import { describeCases } from './describe-cases.js';

/** Fields of an answer that must be reused, or not, a moment (or `wait` seconds) later. */
type Row = readonly [title: string, section: string, fields: readonly Field[], wait?: number];

const reused = ([title, section, fields, wait = 3]: Row): Case => ({
  title: `reuses an answer ${title}`,
  section,
  steps: [{ fields, wait }, { from: 'cache' }],
});
const notReused = ([title, section, fields, wait = 3]: Row): Case => ({
  title: `does not reuse an answer ${title}`,
  section,
  steps: [{ fields, wait }, { from: 'origin' }],
});
const cc = (value: string): Field => ['Cache-Control', value];
const NOW: Field = ['Date', 0];

const FRESH: readonly Row[] = [
  ['with max-age', 'RFC 9111 §5.2.2.1', [cc('max-age=3600')]],
  ['with max-age=2147483647', 'RFC 9111 §1.2.2', [cc('max-age=2147483647')]],
  ['with max-age=2147483648', 'RFC 9111 §1.2.2', [cc('max-age=2147483648')]],
  ['with max-age=2147483649', 'RFC 9111 §1.2.2', [cc('max-age=2147483649')]],
  ['with max-age=99999999999', 'RFC 9111 §1.2.2', [cc('max-age=99999999999')]],
  ['with max-age and leading zeros', 'RFC 9111 §1.2.2', [cc('max-age=003600')]],
  ['with max-age in quotes', 'RFC 9111 §5.2', [cc('max-age="3600"')]],
  ['with max-age before a past Expires', 'RFC 9111 §5.3', [cc('max-age=3600'), ['Expires', -7200], NOW]],
  ['with max-age before an invalid Expires', 'RFC 9111 §5.3', [cc('max-age=3600'), ['Expires', '0'], NOW]],
  ['with max-age and an unknown directive', 'RFC 9111 §5.2.3', [cc('foobar, max-age=3600')]],
  ['with MaX-aGe', 'RFC 9111 §5.2', [cc('MaX-aGe=3600')]],
  ['with s-maxage', 'RFC 9111 §5.2.2.10', [cc('s-maxage=3600')]],
  ['with s-maxage above max-age', 'RFC 9111 §5.2.2.10', [cc('max-age=1, s-maxage=3600')]],
  [
    'with s-maxage, max-age=0 and a past Expires',
    'RFC 9111 §5.2.2.10',
    [['Expires', -10], cc('max-age=0, s-maxage=3600')],
  ],
  ['with the first of two max-age (one line)', 'RFC 9111 §4.2.1', [cc('max-age=1800, max-age=1')]],
  ['with the first of two max-age (two lines)', 'RFC 9111 §4.2.1', [cc('max-age=1800'), cc('max-age=1')]],
  ['with a future Expires', 'RFC 9111 §5.3', [['Expires', 2_592_000], NOW]],
  [
    'with a future Expires and an invalid Date',
    'RFC 9110 §6.6.1',
    [
      ['Date', 'foo'],
      ['Expires', 10],
    ],
    0,
  ],
  ['with Expires beyond 32 bits', 'RFC 9111 §5.3', [['Expires', 'Tue, 19 Jan 2038 14:14:08 GMT'], NOW]],
  ['with Expires in the far future', 'RFC 9111 §5.3', [['Expires', 'Sun, 21 Nov 2286 04:46:39 GMT'], NOW]],
  ['with Expires in the form of RFC 850', 'RFC 9110 §5.6.7', [['Expires', 'Thursday, 18-Aug-50 02:01:18 GMT'], NOW]],
  ['with Expires in the form of asctime', 'RFC 9110 §5.6.7', [['Expires', 'Thu Aug  8 02:01:18 2050'], NOW]],
  ['with Expires and a weekday in capitals', 'RFC 9111 §4.2', [['Expires', 'THU, 18 Aug 2050 02:01:18 GMT'], NOW]],
  ['with Expires and a month in capitals', 'RFC 9111 §4.2', [['Expires', 'Thu, 18 AUG 2050 02:01:18 GMT'], NOW]],
  ['with Expires and gMT', 'RFC 9111 §4.2', [['Expires', 'Thu, 18 Aug 2050 02:01:18 gMT'], NOW]],
  ['with an Age that is no number', 'RFC 9111 §5.1', [NOW, cc('max-age=3600'), ['Age', 'abc']]],
  ['with a negative Age', 'RFC 9111 §5.1', [NOW, cc('max-age=3600'), ['Age', '-7200']]],
  ['with an Age that has a fraction', 'RFC 9111 §5.1', [NOW, cc('max-age=3600'), ['Age', '7200.0']]],
  ['with Age: 0, 7200', 'RFC 9111 §5.1', [NOW, cc('max-age=3600'), ['Age', '0, 7200']]],
  ['with Age 0 and 7200 on two lines', 'RFC 9111 §5.1', [NOW, cc('max-age=3600'), ['Age', '0'], ['Age', '7200']]],
  ['with Age: 0, 0', 'RFC 9111 §5.1', [NOW, cc('max-age=3600'), ['Age', '0, 0']]],
  ['with Age 0 on two lines', 'RFC 9111 §5.1', [NOW, cc('max-age=3600'), ['Age', '0'], ['Age', '0']]],
  ['with the same Age on two lines', 'RFC 9111 §5.1', [NOW, cc('max-age=10000'), ['Age', '3600'], ['Age', '3600']]],
  ['with must-revalidate, while fresh', 'RFC 9111 §5.2.2.2', [cc('max-age=10000, must-revalidate'), ['ETag', '"a"']]],
  [
    'with Pragma: no-cache, which means nothing in answers',
    'RFC 9111 §5.4',
    [cc('max-age=3600'), ['Pragma', 'no-cache']],
  ],
  [
    'with Pragma: no-cache, found fresh by heuristics',
    'RFC 9111 §5.4',
    [
      ['Last-Modified', -10_000],
      ['Pragma', 'no-cache'],
    ],
  ],
  ['with Pragma: foo', 'RFC 9111 §5.4', [cc('max-age=3600'), ['Pragma', 'foo']]],
  ['with max-age and a Date of a clock that is behind', 'RFC 9111 §4.2.3', [['Date', -7200], cc('max-age=3600')]],
  ['to be saved as a file', 'RFC 9111 §3', [cc('max-age=3600'), ['Content-Disposition', 'attachment; filename=a.txt']]],
  ['with Set-Cookie, where that is switched on', 'RFC 9111 §7.3', [cc('max-age=3600'), ['Set-Cookie', 'a=b']]],
];

const STALE: readonly Row[] = [
  ['that says nothing about freshness', 'RFC 9111 §4.2', []],
  ['whose max-age is over', 'RFC 9111 §5.2.2.1', [cc('max-age=2')]],
  ['with max-age=0', 'RFC 9111 §5.2.2.1', [cc('max-age=0')]],
  ['with a negative max-age', 'RFC 9111 §1.2.2', [cc('max-age=-3600')]],
  ['with Age above max-age', 'RFC 9111 §4.2.3', [NOW, cc('max-age=3600'), ['Age', '7200']]],
  ['with max-age=0 before a future Expires', 'RFC 9111 §5.3', [['Expires', 3600], cc('max-age=0'), NOW]],
  ['with s-maxage below max-age', 'RFC 9111 §5.2.2.10', [cc('max-age=3600, s-maxage=1')]],
  ['with s-maxage below max-age, the other way round', 'RFC 9111 §5.2.2.10', [cc('s-maxage=1, max-age=3600')]],
  ['with s-maxage below max-age on two lines', 'RFC 9111 §5.2.2.10', [cc('max-age=3600'), cc('s-maxage=1')]],
  ['with max-age within quotes before the real one', 'RFC 9111 §5.2', [cc('extension="max-age=3600", max-age=1')]],
  ['with max-age within quotes behind the real one', 'RFC 9111 §5.2', [cc('max-age=1, extension="max-age=3600"')]],
  ['with a space before the equals sign', 'RFC 9111 §5.2', [cc('max-age =3600')]],
  ['with a space behind the equals sign', 'RFC 9111 §5.2', [cc('max-age= 3600')]],
  ['with max-age in single quotes', 'RFC 9111 §5.2', [cc("max-age='3600'")]],
  ['with max-age and a fraction of zero', 'RFC 9111 §1.2.2', [cc('max-age=3600.0')]],
  ['with max-age and a fraction', 'RFC 9111 §1.2.2', [cc('max-age=3600.5')]],
  ['with a letter before max-age', 'RFC 9111 §1.2.2', [cc('max-age=a3600')]],
  ['with a letter behind max-age', 'RFC 9111 §1.2.2', [cc('max-age=3600a')]],
  ['with two max-age, of which the first is over', 'RFC 9111 §4.2.1', [cc('max-age=1, max-age=1800')]],
  ['with two lines of max-age, of which the first is over', 'RFC 9111 §4.2.1', [cc('max-age=1'), cc('max-age=1800')]],
  ['with a past Expires', 'RFC 9111 §5.3', [['Expires', -2_592_000], NOW]],
  ['with Expires now', 'RFC 9111 §5.3', [['Expires', 0], NOW], 0],
  [
    'with Expires before Date, both of a clock that is ahead',
    'RFC 9111 §4.2.1',
    [
      ['Expires', 300],
      ['Date', 400],
    ],
  ],
  ['with Expires: 0', 'RFC 9111 §5.3', [['Expires', '0'], NOW]],
  [
    'with Age above Expires - Date, of a clock behind',
    'RFC 9111 §4.2.3',
    [
      ['Date', -10],
      ['Expires', 10],
      ['Age', '25'],
    ],
    0,
  ],
  [
    'with Age above Expires - Date, of a clock ahead',
    'RFC 9111 §4.2.3',
    [
      ['Date', 10],
      ['Expires', 20],
      ['Age', '15'],
    ],
    0,
  ],
  ['with Expires in UTC', 'RFC 9110 §5.6.7', [['Expires', 'Thu, 18 Aug 2050 02:01:18 UTC'], NOW]],
  ['with Expires in AEST', 'RFC 9110 §5.6.7', [['Expires', 'Thu, 18 Aug 2050 02:01:18 AEST'], NOW]],
  ['with Expires and a year of two digits', 'RFC 9110 §5.6.7', [['Expires', 'Thu, 18 Aug 50 02:01:18 GMT'], NOW]],
  ['with Expires and no comma', 'RFC 9110 §5.6.7', [['Expires', 'Thu 18 Aug 2050 02:01:18 GMT'], NOW]],
  ['with Expires and spaces too many', 'RFC 9110 §5.6.7', [['Expires', 'Thu, 18  Aug  2050 02:01:18 GMT'], NOW], 0],
  ['with Expires and dashes', 'RFC 9110 §5.6.7', [['Expires', 'Thu, 18-Aug-2050 02:01:18 GMT'], NOW], 0],
  ['with Expires and periods', 'RFC 9110 §5.6.7', [['Expires', 'Thu, 18 Aug 2050 02.01.18 GMT'], NOW], 0],
  ['with Expires and an hour of one digit', 'RFC 9110 §5.6.7', [['Expires', 'Thu, 18 Aug 2050 2:01:18 GMT'], NOW], 0],
  [
    'with two lines of Expires',
    'RFC 9111 §5.3',
    [['Expires', 'Thu, 18 Aug 2050 2:01:18 GMT'], ['Expires', 'Thu, 18 Aug 2050 2:01:19 GMT'], NOW],
    0,
  ],
  ['with Age: 2147483647', 'RFC 9111 §1.2.2', [NOW, cc('max-age=3600'), ['Age', '2147483647']]],
  ['with Age: 2147483648', 'RFC 9111 §1.2.2', [NOW, cc('max-age=3600'), ['Age', '2147483648']]],
  ['with Age: 2147483649', 'RFC 9111 §1.2.2', [NOW, cc('max-age=3600'), ['Age', '2147483649']]],
  ['with Age: 7200, 0', 'RFC 9111 §5.1', [NOW, cc('max-age=3600'), ['Age', '7200, 0']]],
  ['with Age 7200 and 0 on two lines', 'RFC 9111 §5.1', [NOW, cc('max-age=3600'), ['Age', '7200'], ['Age', '0']]],
  ['with private', 'RFC 9111 §5.2.2.7', [cc('private, max-age=3600')], 0],
  ['with no-store', 'RFC 9111 §5.2.2.5', [cc('no-store')], 0],
  ['with No-StOrE', 'RFC 9111 §5.2.2.5', [cc('No-StOrE')], 0],
  [
    'with no-store, max-age and Expires',
    'RFC 9111 §5.2.2.5',
    [cc('max-age=10000, no-store'), ['Expires', 10_000], NOW],
    0,
  ],
  [
    'with no-cache, max-age and Expires',
    'RFC 9111 §5.2.2.4',
    [cc('max-age=10000, no-cache'), ['Expires', 10_000], NOW],
    0,
  ],
  [
    'with No-CaChE, max-age and Expires',
    'RFC 9111 §5.2.2.4',
    [cc('max-age=10000, No-CaChE'), ['Expires', 10_000], NOW],
    0,
  ],
];

const cdn = (value: string): Field => ['CDN-Cache-Control', value];

const TARGETED_FRESH: readonly Row[] = [
  ['with max-age for CDNs', 'RFC 9213 §2.2', [cdn('max-age=3600')]],
  ['with max-age=2147483648 for CDNs', 'RFC 9213 §2.2', [cdn('max-age=2147483648')]],
  ['with max-age=99999999999 for CDNs', 'RFC 9213 §2.2', [cdn('max-age=99999999999')]],
  ['with max-age for CDNs and an unknown directive', 'RFC 9213 §2.2', [cdn('foobar, max-age=3600')]],
  ['with max-age for CDNs and a past Expires', 'RFC 9213 §2.2', [cdn('max-age=3600'), ['Expires', -10_000], NOW]],
  ['with max-age for CDNs and an invalid Expires', 'RFC 9213 §2.2', [cdn('max-age=3600'), ['Expires', '0'], NOW]],
  ['with max-age for CDNs above that for all', 'RFC 9213 §2.2', [cc('max-age=1'), cdn('max-age=3600')]],
  ['with max-age for CDNs and no-store for all', 'RFC 9213 §2.2', [cc('no-store'), cdn('max-age=10000')]],
];

const TARGETED_STALE: readonly Row[] = [
  ['with Age above max-age for CDNs', 'RFC 9213 §2.2', [NOW, cdn('max-age=3600'), ['Age', '7200']]],
  ['with max-age=0 for CDNs', 'RFC 9213 §2.2', [cdn('max-age=0')]],
  ['with max-age=0 for CDNs and a future Expires', 'RFC 9213 §2.2', [cdn('max-age=0'), ['Expires', 10_000], NOW]],
  ['with max-age for CDNs below that for all', 'RFC 9213 §2.2', [cc('max-age=3600'), cdn('max-age=1')]],
  ['with private for CDNs', 'RFC 9213 §2.2', [cdn('private'), cc('max-age=10000'), ['Expires', 10_000], NOW], 0],
  ['with no-cache for CDNs', 'RFC 9213 §2.2', [cdn('no-cache'), cc('max-age=10000'), ['Expires', 10_000], NOW], 0],
  ['with no-store for CDNs', 'RFC 9213 §2.2', [cc('max-age=10000'), cdn('no-store'), ['Expires', 10_000], NOW]],
  ['with a field for CDNs that is no dictionary', 'RFC 9213 §2.1', [cdn('max-age=10000, &&&&&'), cc('no-store')]],
  ['with max-age for CDNs of the wrong type', 'RFC 9213 §2.1', [cdn('max-age="10000"'), cc('no-store')]],
  ['with a space before the equals sign for CDNs', 'RFC 9213 §2.1', [cc('max-age=1'), cdn('max-age =100')]],
  ['with a space behind the equals sign for CDNs', 'RFC 9213 §2.1', [cc('max-age=1'), cdn('max-age= 100')]],
];

const REASONED: readonly Row[] = [200, 203, 204, 404, 405, 410, 414, 501].map((status): Row => [
  `of status ${status} with Last-Modified a day ago`,
  'RFC 9111 §4.2.2',
  [['Last-Modified', -86_400], NOW],
  status,
]);
const UNREASONED: readonly Row[] = [201, 202, 403, 502, 503, 504, 599].map((status): Row => [
  `of status ${status} with Last-Modified a day ago`,
  'RFC 9111 §4.2.2',
  [['Last-Modified', -86_400], NOW],
  status,
]);

const withStatus =
  (make: (row: Row) => Case) =>
  ([title, section, fields, status]: Row): Case => {
    const { steps, ...rest } = make([title, section, fields, 0]);
    return { ...rest, steps: steps.map((step) => ({ ...step, status: status! })) };
  };

describeCases('freshness', [
  ...FRESH.map(reused),
  ...STALE.map(notReused),
  ...TARGETED_FRESH.map(reused),
  ...TARGETED_STALE.map(notReused),
]);
describeCases('heuristic freshness', [
  ...REASONED.map(withStatus(reused)),
  ...UNREASONED.map(withStatus(notReused)),
  withStatus(reused)([
    'of status 599 with public',
    'RFC 9111 §4.2.2',
    [['Last-Modified', -86_400], NOW, cc('public')],
    599,
  ]),
  ...[60, 300, 600, 1200, 1800, 3600, 43_200, 86_400].map((age) =>
    reused([`with Last-Modified ${age} s ago`, 'RFC 9111 §4.2.2', [['Last-Modified', -age], NOW]]),
  ),
]);
