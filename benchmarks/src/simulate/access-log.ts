import { seededRandom } from '../freshness/random.js';

/** One day of a shop, as a log in the combined format with the request time behind it. */
export interface AccessLogOptions {
  readonly lines: number;
  readonly seed?: number;
}

const DAY_MS = 86_400_000;
const START_AT = Date.UTC(2026, 0, 5);
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const AGENT = '"https://shop.example/" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"';

/** A kind of request: how often it comes, and what it asks for. */
interface Kind {
  readonly weight: number;
  line(random: () => number, at: number): string;
}

/**
 * Lines of an access log, always the same for a seed: routes whose ids are asked for by Zipf's law, assets, searches that hardly ever repeat,
 * a tracking parameter that means nothing, writes, errors, and now and then a line that is none.
 */
export function* accessLog({ lines, seed = 1 }: AccessLogOptions): Generator<string> {
  const random = seededRandom(seed);
  const total = KINDS.reduce((sum, { weight }) => sum + weight, 0);
  for (let line = 0; line < lines; line++) {
    const at = START_AT + Math.floor((line / lines) * DAY_MS);
    let pick = random() * total;
    const kind = KINDS.find(({ weight }) => (pick -= weight) < 0) ?? KINDS[0]!;
    if (line % 50_000 === 49_999) yield '\\x16\\x03\\x01 no request';
    else yield kind.line(random, at);
  }
}

const KINDS: readonly Kind[] = [
  {
    weight: 45,
    line(random, at) {
      const id = zipf(random, 50_000);
      // A product changes every few hours.
      const version = Math.floor((at - START_AT + id * 977_123) / (4 * 3_600_000));
      return entry(at, 'GET', `/products/${id}`, 200, 2000 + ((id * 7919 + version * 104_729) % 30_000), random);
    },
  },
  {
    weight: 20,
    line: (random, at) => entry(at, 'GET', `/assets/${asset(zipf(random, 400))}`, 200, 0, random),
  },
  {
    weight: 12,
    line(random, at) {
      const id = zipf(random, 2000);
      const campaign = random() < 0.5 ? `?utm_source=mail-${Math.floor(random() * 300)}` : '';
      return entry(at, 'GET', `/categories/${id}${campaign}`, 200, 8000 + ((id * 31) % 40_000), random);
    },
  },
  {
    weight: 8,
    line: (random, at) =>
      entry(
        at,
        'GET',
        `/search?q=${Math.floor(random() * 1e9).toString(36)}`,
        200,
        Math.floor(1000 + random() * 9000),
        random,
      ),
  },
  {
    weight: 5,
    line: (random, at) => entry(at, 'GET', '/', 200, 14_000 + (Math.floor(at / 600_000) % 50), random),
  },
  { weight: 4, line: (random, at) => entry(at, 'POST', '/cart', 201, 120, random) },
  { weight: 3, line: (random, at) => entry(at, 'GET', `/assets/${asset(zipf(random, 400))}`, 304, 0, random) },
  { weight: 2, line: (random, at) => entry(at, 'GET', `/gone/${zipf(random, 5000)}`, 404, 162, random) },
  { weight: 1, line: (random, at) => entry(at, 'PUT', `/products/${zipf(random, 50_000)}`, 204, 0, random) },
];

function asset(id: number): string {
  return `${id}.${['js', 'css', 'png', 'woff2'][id % 4]!}`;
}

function entry(
  at: number,
  method: string,
  target: string,
  status: number,
  bytes: number,
  random: () => number,
): string {
  // An asset has the size that its name stands for.
  const size = status === 200 && bytes === 0 ? 3000 + ((Number.parseInt(target.slice(8), 10) * 4241) % 200_000) : bytes;
  const client = `10.${Math.floor(random() * 256)}.${Math.floor(random() * 256)}.7`;
  return `${client} - - [${stamp(at)}] "${method} ${target} HTTP/1.1" ${status} ${size} ${AGENT} ${(0.005 + random() * 0.08).toFixed(3)}`;
}

function stamp(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${two(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]!}/${date.getUTCFullYear()}`;
  return `${day}:${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`;
}

/** Ranks by Zipf's law with an exponent near 1: the inverse of its continuous form. */
function zipf(random: () => number, count: number): number {
  return Math.floor(count ** random());
}
