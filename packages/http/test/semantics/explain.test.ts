import { expect } from 'chai';
import fc from 'fast-check';

import { explain } from '#src/semantics/explain.js';
import { decideReuse } from '#src/semantics/reuse.js';
import { semanticsOptions } from '#src/semantics/semantics-options.js';
import { dateAt, makeRequest, makeStored, T0 } from './make-facts.js';

const options = semanticsOptions();
const rules = (explanation: ReturnType<typeof explain>): string[] => explanation.steps.map(({ rule }) => rule);

describe('explain', () => {
  it('tells why a fresh response is a hit', () => {
    const found = explain(makeRequest(), makeStored({ 'Cache-Control': 'max-age=60' }), T0 + 5000, options);
    expect(found).to.deep.equal({
      decision: 'hit',
      steps: [
        { rule: 'freshness', section: 'RFC 9111 §4.2', saw: 'age 5 s of 60 s by max-age', concluded: 'fresh' },
        {
          rule: 'reuse',
          section: 'RFC 9111 §4',
          saw: 'fresh, and nothing in the request forbids it',
          concluded: 'hit',
        },
      ],
    });
  });

  it('tells that the client already has it', () => {
    const stored = makeStored({ 'Cache-Control': 'max-age=60', ETag: '"a"' });
    const found = explain(makeRequest({ 'If-None-Match': '"a"' }), stored, T0, options);
    expect(found.steps.at(-1)).to.include({ rule: 'condition', concluded: '304' });
  });

  it('tells what the origin is asked, and what happens should it fail', () => {
    const stored = makeStored({ 'Cache-Control': 'max-age=60, stale-if-error=60', ETag: 'W/"a"' });
    const found = explain(makeRequest(), stored, T0 + 61_000, options);
    expect(rules(found)).to.deep.equal(['freshness', 'validation', 'validators', 'stale-if-error']);
    expect(found.steps[2]?.saw).to.equal('ETag W/"a"');
    expect(found.steps[3]?.concluded).to.equal('served stale should the origin fail');
    const bare = explain(makeRequest(), makeStored({ 'Cache-Control': 'max-age=60' }), T0 + 61_000, options);
    expect(bare.steps[2]?.concluded).to.equal('the origin is asked for the whole');
    expect(bare.steps[3]?.concluded).to.equal('an error of the origin is passed on');
    const dated = explain(makeRequest(), makeStored({ 'Last-Modified': dateAt(0) }), T0 + 61_000, options);
    expect(dated.steps[2]?.saw).to.equal(`Last-Modified ${dateAt(0)}`);
  });

  it('tells in seconds how long windows and freshness last', () => {
    const stored = makeStored({ 'Cache-Control': 'max-age=60, stale-while-revalidate=30' });
    expect(explain(makeRequest(), stored, T0 + 70_000, options).steps.map(({ saw }) => saw)).to.deep.equal([
      'stale for 10 s (lifetime by max-age)',
      '20 s of the window left',
    ]);
    const asking = makeRequest({ 'Cache-Control': 'min-fresh=50' });
    expect(explain(asking, stored, T0 + 20_000, options).steps[1]?.saw).to.equal(
      'fresh for 40 s more, the client wants 50 s',
    );
    const long = makeStored({ 'Cache-Control': 'max-age=1000000' });
    expect(explain(makeRequest(), long, T0, options).steps[0]?.saw).to.equal('age 0 s of 1000000 s by max-age');
  });

  it('tells of a miss, and of 504 for only-if-cached', () => {
    expect(rules(explain(makeRequest(), undefined, T0, options))).to.deep.equal(['selection']);
    const found = explain(makeRequest({ 'Cache-Control': 'only-if-cached' }), undefined, T0, options);
    expect(found.decision).to.equal('unavailable');
    expect(rules(found)).to.deep.equal(['selection', 'only-if-cached']);
  });

  it('always comes to the decision that decideReuse comes to, in at least one step', () => {
    const directive = fc.constantFrom(
      'max-age=10',
      'max-age=0',
      's-maxage=20',
      'no-cache',
      'must-revalidate',
      'stale-while-revalidate=10',
      'immutable',
      'public',
      'x',
    );
    const asked = fc.constantFrom(
      'max-age=5',
      'max-age=0',
      'max-stale',
      'max-stale=3',
      'min-fresh=4',
      'no-cache',
      'no-store',
      'only-if-cached',
      'x',
    );
    const list = (member: fc.Arbitrary<string>) => fc.array(member, { maxLength: 3 }).map((all) => all.join(', '));
    const extra = fc.constantFrom({}, { Cookie: 'a=b' }, { 'If-Match': '"a"' }, { Pragma: 'no-cache' });
    const policy = fc.constantFrom(
      {},
      { defaultTtlMs: 9000 },
      { honourRequestDirectives: false },
      { staleWhileRevalidateMs: 5000 },
    );
    fc.assert(
      fc.property(
        list(directive),
        list(asked),
        extra,
        policy,
        fc.nat(40),
        fc.constantFrom('GET', 'HEAD', 'POST'),
        (response, request, more, change, at, method) => {
          const complete = semanticsOptions(change);
          const stored = makeStored({ 'Cache-Control': response }, change);
          const facts = makeRequest({ ...(request === '' ? {} : { 'Cache-Control': request }), ...more }, method);
          const found = explain(facts, stored, T0 + at * 1000, complete);
          expect(found.decision).to.equal(decideReuse(facts, stored, T0 + at * 1000, complete));
          expect(found.steps.length).to.be.above(0);
          for (const step of found.steps) for (const text of Object.values(step)) expect(text).to.match(/^[^\n]+$/);
        },
      ),
    );
  });
});
