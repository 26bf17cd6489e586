import { expect } from 'chai';
import { DEFAULT_ADAPTIVE } from '#src/policy/adaptive/adaptive-options.js';
import { InvalidOptionError } from '#src/base/errors.js';
import type { EntryOptions } from '#src/policy/cache-options.js';
import { checkTags, DEFAULT_POLICY, resolvePolicy } from '#src/policy/cache-policy.js';

/** What untyped callers may pass. */
const resolveAny = (options: unknown, field?: string) => resolvePolicy(options as EntryOptions, DEFAULT_POLICY, field);

describe('resolvePolicy', () => {
  it('answers the base itself when nothing is given', () => {
    expect(resolvePolicy(undefined)).to.equal(DEFAULT_POLICY);
    const base = resolvePolicy({ ttl: 5 });
    expect(resolvePolicy(undefined, base)).to.equal(base);
    expect(resolvePolicy({})).to.deep.equal(DEFAULT_POLICY);
  });

  it('reads every option into milliseconds and functions', () => {
    const when = () => true;
    const unless = () => false;
    const match = () => false;
    const policy = resolvePolicy({
      ttl: '5m',
      staleWhileRevalidate: 60,
      staleIfError: '1h',
      refreshAhead: 2,
      jitter: 0.5,
      tags: ['team:7'],
      negativeTtl: 0,
      softTimeout: '100ms',
      hardTimeout: 2,
      memoryTtl: '10s',
      when,
      unless,
      errors: { ttl: 1, match },
    });
    expect(policy).to.deep.equal({
      ttlMs: 300_000,
      ttlOf: undefined,
      isAdaptive: false,
      adaptive: DEFAULT_ADAPTIVE,
      staleWhileRevalidateMs: 60_000,
      staleIfErrorMs: 3_600_000,
      refreshAhead: 2,
      jitter: 0.5,
      tags: ['team:7'],
      tagsOf: undefined,
      negativeTtlMs: 0,
      softTimeoutMs: 100,
      hardTimeoutMs: 2_000,
      memoryTtlMs: 10_000,
      when,
      unless,
      errorTtlMs: 1_000,
      errorMatches: match,
    });
  });

  it('leaves what the nearer options do not name as the base has it', () => {
    const base = resolvePolicy({ ttl: 60, tags: ['a'], jitter: 0.1, errors: { ttl: 5 } });
    const policy = resolvePolicy({ staleIfError: 10 }, base);
    expect(policy).to.deep.equal({ ...base, staleIfErrorMs: 10_000 });
  });

  it('lets the nearer of a value and a function win, both ways', () => {
    const ofResult = (): number => 5;
    const tagsOfResult = (): string[] => ['b'];
    const functions = resolvePolicy({ ttl: ofResult, tags: tagsOfResult }, resolvePolicy({ ttl: 60, tags: ['a'] }));
    expect(functions).to.include({ ttlOf: ofResult, tagsOf: tagsOfResult });
    const values = resolvePolicy({ ttl: 60, tags: ['a'] }, functions);
    expect(values).to.include({ ttlMs: 60_000, ttlOf: undefined, tagsOf: undefined });
    expect(values.tags).to.deep.equal(['a']);
  });

  it('reads refreshAhead as off, a factor of 1, or the factor given', () => {
    expect([false, true, 0.5, 0].map((refreshAhead) => resolvePolicy({ refreshAhead }).refreshAhead)).to.deep.equal([
      0, 1, 0.5, 0,
    ]);
  });

  it('keeps every error for the ttl of errors unless told which', () => {
    const policy = resolvePolicy({ errors: { ttl: '2s' } });
    expect(policy.errorTtlMs).to.equal(2_000);
    expect(policy.errorMatches(new Error('any'))).to.equal(true);
  });

  it('freezes the policy and its tags, and is not changed by its options later', () => {
    const tags = ['a'];
    const policy = resolvePolicy({ tags });
    tags.push('b');
    expect(policy.tags).to.deep.equal(['a']);
    expect(Object.isFrozen(policy) && Object.isFrozen(policy.tags) && Object.isFrozen(DEFAULT_POLICY)).to.equal(true);
  });

  it('takes an option that is undefined for one that was not given', () => {
    expect(resolveAny({ ttl: undefined, tags: undefined, when: undefined, errors: undefined })).to.deep.equal(
      DEFAULT_POLICY,
    );
  });

  const refused: readonly [options: unknown, message: string][] = [
    [{ ttl: -1 }, "ttl must be a duration above 0 (seconds, or text such as '90s', '5m', '1h'), got -1"],
    [{ ttl: 0 }, 'ttl must be a duration above 0'],
    [{ ttl: '5 minutes' }, 'got "5 minutes"'],
    [{ ttl: null }, 'ttl must be a duration'],
    [{ tll: 5 }, 'tll is not an option (known: ttl, '],
    [{ staleWhileRevalidate: -1 }, 'staleWhileRevalidate must be a duration of 0 or more'],
    [{ staleIfError: 'x' }, 'staleIfError must be a duration of 0 or more'],
    [{ negativeTtl: NaN }, 'negativeTtl must be'],
    [{ softTimeout: 0 }, 'softTimeout must be a duration above 0'],
    [{ hardTimeout: 0 }, 'hardTimeout must be a duration above 0'],
    [{ memoryTtl: 0 }, 'memoryTtl must be a duration above 0'],
    [{ jitter: 1.5 }, 'jitter must be a number from 0 to 1, got 1.5'],
    [{ jitter: '0.1' }, 'jitter must be a number'],
    [{ refreshAhead: -1 }, 'refreshAhead must be a number'],
    [{ refreshAhead: 'yes' }, 'refreshAhead must be a number'],
    [{ tags: 'team:7' }, 'tags must be a list of at most 128 tags, got "team:7"'],
    [{ tags: ['a', 5] }, 'tags[1] must be text of 1 to 512 characters, got 5'],
    [{ when: 'always' }, 'when must be a function, got "always"'],
    [{ unless: 1 }, 'unless must be a function, got 1'],
    [{ errors: true }, 'errors must be an object, got true'],
    [{ errors: {} }, 'errors.ttl must be a duration above 0'],
    [{ errors: { ttl: 1, matches: 1 } }, 'errors.matches is not an option (known: ttl, match)'],
    [{ errors: { ttl: 1, match: 'all' } }, 'errors.match must be a function'],
    [5, 'options must be an object, got 5'],
    [null, 'options must be an object, got null'],
  ];
  for (const [options, message] of refused) {
    it(`refuses ${JSON.stringify(options)} and says why`, () => {
      expect(() => resolveAny(options)).to.throw(InvalidOptionError, message);
    });
  }

  it('says where the options stand', () => {
    expect(() => resolveAny({ ttl: -1 }, 'defaults')).to.throw(InvalidOptionError, /^defaults\.ttl must be/);
    expect(() => resolveAny({ errors: { ttl: -1 } }, 'defaults')).to.throw(
      InvalidOptionError,
      /^defaults\.errors\.ttl must be/,
    );
    expect(() => resolveAny(5, 'defaults')).to.throw(InvalidOptionError, /^defaults must be an object/);
  });

  it('lets a caller accept names of its own', () => {
    const options = { ttl: 5, key: 'k' } as EntryOptions;
    expect(resolvePolicy(options, DEFAULT_POLICY, '', ['key']).ttlMs).to.equal(5_000);
    expect(() => resolvePolicy(options)).to.throw(InvalidOptionError, 'key is not an option');
  });
});

describe('checkTags', () => {
  it('takes 128 tags of 512 characters and no more', () => {
    const tag = 'x'.repeat(512);
    expect(
      checkTags(
        'tags',
        Array.from({ length: 128 }, () => tag),
      ),
    ).to.have.lengthOf(128);
    expect(() =>
      checkTags(
        'tags',
        Array.from({ length: 129 }, () => 'x'),
      ),
    ).to.throw(InvalidOptionError, 'at most 128 tags');
    expect(() => checkTags('tags', [`${tag}x`])).to.throw(
      InvalidOptionError,
      'tags[0] must be text of 1 to 512 characters',
    );
    expect(() => checkTags('tags', [''])).to.throw(InvalidOptionError, 'tags[0]');
  });

  it('refuses a list with holes', () => {
    expect(() => checkTags('tags', Object.assign(['a'], { 2: 'c' }))).to.throw(InvalidOptionError, 'tags[1]');
  });
});
