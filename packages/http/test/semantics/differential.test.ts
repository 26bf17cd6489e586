import { expect } from 'chai';
import fc from 'fast-check';
import CachePolicy from 'http-cache-semantics';

import { HeaderFields } from '#src/message/headers.js';
import { confirmedBy } from '#src/semantics/freshening.js';
import { computeFreshness } from '#src/semantics/freshness.js';
import { endToEndFields } from '#src/semantics/hop-by-hop.js';
import { decideReuse } from '#src/semantics/reuse.js';
import { semanticsOptions } from '#src/semantics/semantics-options.js';
import { decideStore } from '#src/semantics/storable.js';
import { conditionalFields } from '#src/semantics/validators.js';
import { dateAt, makeRequest, makeResponse, T0 } from './make-facts.js';

/**
 * Against http-cache-semantics, which many Node clients are built on, where it follows RFC 9111. What is left out of the generated
 * messages is where it does not: letter case and repetition of directives, must-revalidate and proxy-revalidate while fresh (it never
 * reuses), stale use of what was never fresh, no-cache against max-stale and stale-while-revalidate, s-maxage against max-stale, max-age without max-stale against stale-while-revalidate, Pragma beside Cache-Control or in a
 * response, Set-Cookie, statuses that it does not know, immutable, and Vary by grammar.
 */

type Fields = Record<string, string>;

/** Its clock is a method. */
class PolicyAt extends CachePolicy {
  static at = T0;

  now(): number {
    return PolicyAt.at;
  }
}

interface Scene {
  readonly first: Fields;
  readonly response: Fields;
  readonly second: Fields;
  readonly status: number;
  readonly shared: boolean;
  readonly seconds: number;
}

const directives = (all: readonly (string | undefined)[]): Fields => {
  const given = all.filter((each) => each !== undefined);
  return given.length === 0 ? {} : { 'cache-control': given.join(', ') };
};
const maybe = (arbitrary: fc.Arbitrary<string>): fc.Arbitrary<string | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: 2 });
/** Rare, for most flags forbid: too many of them, and nothing is ever served. */
const flag = (name: string): fc.Arbitrary<string | undefined> =>
  fc.oneof({ weight: 7, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.constant(name) });
const number = (name: string, max = 60): fc.Arbitrary<string | undefined> =>
  maybe(fc.nat(max).map((value) => `${name}=${value}`));
const date = (from: number, to: number): fc.Arbitrary<string> => fc.integer({ min: from, max: to }).map(dateAt);
const field = (name: string, value: fc.Arbitrary<string>): fc.Arbitrary<Fields> =>
  fc.option(value, { nil: undefined, freq: 2 }).map((text): Fields => (text === undefined ? {} : { [name]: text }));

const validity = fc
  .tuple(
    field('expires', fc.oneof(date(-60, 60), fc.constant('0'))),
    field('date', date(-5, 5)),
    field('last-modified', date(-800_000, 10)),
    field('age', fc.nat(60).map(String)),
    field('etag', fc.constantFrom('"a"', 'W/"a"')),
  )
  .map((all): Fields => Object.assign({}, ...all) as Fields);

const first = fc
  .tuple(flag('no-store'), field('authorization', fc.constant('Basic x')))
  .map(([noStore, rest]) => ({ ...directives([noStore]), ...rest }));
const common = [
  number('max-age'),
  flag('public'),
  flag('private'),
  flag('no-store'),
  flag('no-cache'),
  flag('x'),
] as const;
const moment = {
  first,
  status: fc.constantFrom(200, 203, 204, 301, 302, 303, 307, 404, 405, 410, 414, 501),
  shared: fc.boolean(),
  seconds: fc.nat(120).map((value) => value + 0.5),
};

/** s-maxage and stale-while-revalidate in the response; nothing about freshness in the request. */
const plain: fc.Arbitrary<Scene> = fc.record({
  ...moment,
  response: fc
    .tuple(fc.tuple(...common, number('s-maxage'), number('stale-while-revalidate')).map(directives), validity)
    .map(([cc, rest]) => ({ ...cc, ...rest })),
  second: fc.oneof(
    fc.constant({}),
    fc.constant({ 'cache-control': 'no-cache' }),
    fc.constant({ pragma: 'no-cache' }),
    fc.constant({ 'cache-control': 'x=y' }),
  ),
});

/** The request says how fresh, the response how long. */
const asking: fc.Arbitrary<Scene> = fc.record({
  ...moment,
  response: fc.tuple(fc.tuple(...common).map(directives), validity).map(([cc, rest]) => ({ ...cc, ...rest })),
  second: fc
    .tuple(
      number('max-age', 90),
      number('max-stale', 90),
      maybe(fc.integer({ min: 1, max: 30 }).map((value) => `min-fresh=${value}`)),
    )
    .map(directives),
});

function ours({ first: stored, response, second, status, shared, seconds }: Scene): boolean {
  const options = semanticsOptions({ shared });
  const answer = makeResponse(response, status);
  const freshness = computeFreshness(answer, T0, T0, options);
  if (decideStore(makeRequest(stored), answer, freshness, options) !== 'store') return false;
  const word = decideReuse(
    makeRequest(second),
    { ...answer, requestTime: T0, responseTime: T0, freshness },
    T0 + seconds * 1000,
    options,
  );
  return word === 'hit' || word === 'stale';
}

function hasLifetime({ response, status, shared }: Scene): boolean {
  return computeFreshness(makeResponse(response, status), T0, T0, semanticsOptions({ shared })).lifetimeMs > 0;
}

function theirs({ first: stored, response, second, status, shared, seconds }: Scene): boolean {
  PolicyAt.at = T0;
  const policy = new PolicyAt({ url: '/', method: 'GET', headers: stored }, { status, headers: response }, { shared });
  PolicyAt.at = T0 + seconds * 1000;
  if (!policy.storable()) return false;
  const evaluated = policy.evaluateRequest({ url: '/', method: 'GET', headers: second });
  return evaluated.response !== undefined;
}

describe('beside http-cache-semantics', () => {
  /** Compares, and makes sure that both answers came up often enough for the comparison to mean something. */
  function compare(scenes: fc.Arbitrary<Scene>, isComparable: (scene: Scene) => boolean): void {
    const seen = { served: 0, refused: 0 };
    fc.assert(
      fc.property(scenes, (scene) => {
        if (!hasLifetime(scene) || !isComparable(scene)) return;
        const isServed = theirs(scene);
        seen[isServed ? 'served' : 'refused']++;
        expect(ours(scene)).to.equal(isServed);
      }),
      { numRuns: 1500 },
    );
    expect(Math.min(seen.served, seen.refused)).to.be.above(30);
  }

  const says = (fields: Fields, directive: string): boolean => fields['cache-control']?.includes(directive) === true;

  it('answers the same requests from store, by what the response says', () => {
    compare(plain, ({ response }) => !says(response, 'no-cache') || !says(response, 'stale-while-revalidate'));
  });

  it('answers the same requests from store, by what the request says', () => {
    // It lets min-fresh and max-stale stand side by side; by RFC 9111 5.2.1 a response that must stay fresh cannot be stale.
    compare(
      asking,
      ({ response, second }) =>
        !says(second, 'max-stale') || (!says(response, 'no-cache') && !says(second, 'min-fresh')),
    );
  });

  it('gives storable responses the same lifetime and age', () => {
    fc.assert(
      fc.property(plain, ({ response, status, shared }) => {
        PolicyAt.at = T0;
        const policy = new PolicyAt({ method: 'GET', headers: {} }, { status, headers: response }, { shared });
        const freshness = computeFreshness(makeResponse(response, status), T0, T0, semanticsOptions({ shared }));
        if (!policy.storable() || freshness.noCache) return;
        expect(freshness.lifetimeMs).to.be.closeTo(policy.maxAge() * 1000, 0.001);
        expect((T0 - freshness.bornAt) / 1000).to.equal(policy.age());
      }),
      { numRuns: 500 },
    );
  });

  it('asks the origin by the same validators', () => {
    fc.assert(
      fc.property(validity, (response) => {
        PolicyAt.at = T0;
        const policy = new PolicyAt({ method: 'GET', headers: {} }, { status: 200, headers: response });
        const asked = policy.revalidationHeaders({ method: 'GET', headers: {} });
        const found = conditionalFields(HeaderFields.empty, [HeaderFields.fromObject(response)]) ?? HeaderFields.empty;
        expect(found.get('if-none-match')).to.equal(asked['if-none-match']);
        expect(found.get('if-modified-since')).to.equal(asked['if-modified-since']);
      }),
    );
  });

  it('takes a 304 with a strong tag for the same stored responses', () => {
    const tag = fc.constantFrom('"a"', '"b"', '"c"');
    fc.assert(
      fc.property(tag, tag, (stored, confirmed) => {
        PolicyAt.at = T0;
        const policy = new PolicyAt({ method: 'GET', headers: {} }, { status: 200, headers: { etag: stored } });
        const { matches } = policy.revalidatedPolicy(
          { method: 'GET', headers: {} },
          { status: 304, headers: { etag: confirmed } },
        );
        const found = confirmedBy(HeaderFields.fromObject({ etag: confirmed }), [
          { headers: HeaderFields.fromObject({ etag: stored }), responseTime: T0 },
        ]);
        expect(found.length === 1).to.equal(matches);
      }),
    );
  });

  it('keeps the same fields out of the store', () => {
    const name = fc.constantFrom(
      'connection',
      'keep-alive',
      'te',
      'trailer',
      'transfer-encoding',
      'upgrade',
      'proxy-authenticate',
      'a',
      'b',
      'content-type',
      'x-y',
    );
    const fields = fc.dictionary(name, fc.constantFrom('a', 'a, b', 'x', 'X-Y'.toLowerCase()));
    fc.assert(
      fc.property(fields, (headers) => {
        PolicyAt.at = T0;
        const policy = new PolicyAt({ method: 'GET', headers: {} }, { status: 200, headers });
        const kept = Object.keys(policy.responseHeaders()).filter((each) => each !== 'age' && each !== 'date');
        expect(endToEndFields(HeaderFields.fromObject(headers)).names()).to.have.members(kept);
      }),
    );
  });
});
