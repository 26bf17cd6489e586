import { InvalidOptionError } from '@cachewarp/core';
import { expect } from 'chai';
import { resolveHttpPolicy } from '#src/cache/http-policy.js';
import type { HttpPolicyOptions } from '#src/cache/http-policy-options.js';

describe('resolveHttpPolicy', () => {
  it('holds to the standards with no option', () => {
    const policy = resolveHttpPolicy();
    expect(policy.semantics.defaultTtlMs).to.equal(undefined);
    expect(policy.semantics.ttlMode).to.equal('respect');
    expect(policy.semantics.storeSetCookie).to.equal(false);
    expect(policy.semantics.honourRequestDirectives).to.equal(true);
    expect(policy.maxVariants).to.equal(64);
    expect(policy.maxBodyBytes).to.equal(8 * 1024 * 1024);
    expect(Object.isFrozen(policy)).to.equal(true);
  });

  it('takes ttl alone for the lifetime of answers that state none', () => {
    const { semantics } = resolveHttpPolicy({ ttl: '2m' });
    expect(semantics.defaultTtlMs).to.equal(120_000);
    expect(resolveHttpPolicy({ ttl: 60, ttlMode: 'override' }).semantics.defaultTtlMs).to.equal(undefined);
  });

  it('takes grace for both windows where they are not given', () => {
    const { semantics } = resolveHttpPolicy({ grace: '1m', staleIfError: '1h' });
    expect(semantics.staleWhileRevalidateMs).to.equal(60_000);
    expect(semantics.staleIfErrorMs).to.equal(3_600_000);
  });

  const faults: [HttpPolicyOptions | Record<string, unknown>, RegExp][] = [
    [{ ttl: -5 }, /^ttl must be a duration above 0 .* got -5$/],
    [{ ttl: '5 minutes' }, /^ttl must be a duration above 0 .* got "5 minutes"$/],
    [{ ttlMode: 'force' }, /^ttlMode must be one of .* got "force"$/],
    [{ ttlMode: 'override' }, /^ttl must be given with ttlMode override, got undefined$/],
    [{ negativeTtl: { 404: 0 } }, /^negativeTtl\.404 must be a duration above 0/],
    [{ negativeTtl: { 99: 1 } }, /^negativeTtl must be a number from 200 to 999, got 99$/],
    [{ statuses: [20] }, /^statuses\[0\] must be a number from 200 to 999, got 20$/],
    [{ statuses: 200 }, /^statuses must be a list of statuses, got 200$/],
    [{ tags: [''] }, /^tags\[0\] must be text of 1 to 512 characters, got ""$/],
    [{ cookies: 'ignore' }, /^cookies must be 'bypass' or lists of names/],
    [{ cookies: { drop: [] } }, /^cookies\.drop is not an option/],
    [{ key: { scope: 'host' } }, /^key\.scope must be one of/],
    [{ key: { ignoreParams: [''] } }, /^key\.ignoreParams\[0\] must be text that is not empty, got ""$/],
    [{ context: { user: 'x' } }, /^context\.user must be a function, got "x"$/],
    [{ hitForMissSeconds: 5 }, /^hitForMissSeconds must be a number from 10 to 120, got 5$/],
    [{ maxBodyBytes: 'much' }, /^maxBodyBytes must be a number of bytes/],
    [{ maxVariants: 0 }, /^maxVariants must be a number from 1 to 10000, got 0$/],
    [{ heuristics: 'no' }, /^heuristics must be true or false, got "no"$/],
    [{ bypass: true }, /^bypass must be a function, got true$/],
    [{ tttl: 1 }, /^tttl is not an option/],
  ];
  for (const [options, message] of faults) {
    it(`refuses ${JSON.stringify(options)}, naming field and value`, () => {
      expect(() => resolveHttpPolicy(options))
        .to.throw(InvalidOptionError)
        .with.property('message')
        .that.matches(message);
    });
  }

  it('names the place of the options in the message', () => {
    expect(() => resolveHttpPolicy({ ttl: 0 }, 'rules[2].cache')).to.throw(/^rules\[2\]\.cache\.ttl must be/);
  });
});
