import { expect } from 'chai';
import fc from 'fast-check';
import { redactTarget } from '#src/logging/redact-target.js';

describe('redactTarget', () => {
  const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U';

  for (const [given, shown] of [
    ['/a?access_token=s3cr3t&page=2', '/a?access_token=[redacted]&page=2'],
    ['/a?api_key=s3cr3t', '/a?api_key=[redacted]'],
    ['/a?key=s3cr3t&monkey=7', '/a?key=[redacted]&monkey=7'],
    ['/a?X-Amz-Signature=abc&X-Amz-Date=1', '/a?X-Amz-Signature=[redacted]&X-Amz-Date=1'],
    ['/a?p=1;password=hunter2', '/a?p=1;password=[redacted]'],
    ['/a?to%6Ben=s3cr3t', '/a?to%6Ben=[redacted]'],
    ['/a?TOKEN=s3cr3t', '/a?TOKEN=[redacted]'],
    ['/a?code=abc&state=def', '/a?code=[redacted]&state=[redacted]'],
    ['/a?token', '/a?token'],
    ['/a?token=', '/a?token='],

    [`/reset/${JWT}/now`, '/reset/[redacted]/now'],
    [`/a?q=${JWT}`, '/a?q=[redacted]'],
    ['/keys/sk_live_51H8a7bKJH2398sdkfjhSDKJFH2938skdjfhSDKFJH', '/keys/[redacted]'],
    ['/articles/how-to-cache-things-in-a-typescript-backend', '/articles/how-to-cache-things-in-a-typescript-backend'],
    ['/', '/'],
  ] as const) {
    it(`shows ${given} as ${shown}`, () => {
      expect(redactTarget(given)).to.equal(shown);
    });
  }

  it('never shows the value of a parameter with the name of a secret, whatever stands around it', () => {
    const name = fc.constantFrom('token', 'id_token', 'secret', 'password', 'sig', 'session', 'apikey', 'jwt');
    const around = fc.string({ maxLength: 20 }).filter((text) => !/S3CR3T/.test(text));
    fc.assert(
      fc.property(name, around, around, (parameter, before, after) => {
        expect(redactTarget(`/p?${before}&${parameter}=S3CR3T&${after}`)).to.not.include('S3CR3T');
      }),
    );
  });

  it('cuts what is too long to be read', () => {
    expect(redactTarget(`/${'a/'.repeat(10_000)}`)).to.have.length(2_049);
  });
});
