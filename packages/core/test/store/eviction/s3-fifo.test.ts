import { expect } from 'chai';
import { S3FifoPolicy } from '#src/store/eviction/s3-fifo.js';
import { makeRecord } from './make-record.js';

const TEN = { maxBytes: Number.MAX_SAFE_INTEGER, maxEntries: 10 };

function makePolicy(capacity = TEN) {
  const policy = new S3FifoPolicy(capacity);
  const add = (key: string, options?: { size?: number; expiresAt?: number }) => {
    const record = makeRecord(key, options);
    policy.add(record);
    return record;
  };
  return { policy, add, evict: (now = 0) => policy.evict(now)?.key };
}

describe('S3FifoPolicy', () => {
  it('lets newcomers that nobody asks for again pass by those that are used', () => {
    const { policy, add, evict } = makePolicy();
    const used = ['a', 'b'].map((key) => add(key));
    for (const record of [...used, ...used]) policy.touch(record);
    for (let index = 0; index < 8; index++) add(`once ${index}`);
    for (let index = 8; index < 100; index++) {
      expect(evict()).to.equal(`once ${index - 8}`);
      add(`once ${index}`);
    }
  });

  it('takes one use for chance, and two for a reason to stay', () => {
    const { policy, add, evict } = makePolicy();
    const [once, twice] = [add('once'), add('twice')];
    for (const record of [once, twice, twice]) policy.touch(record);
    expect(evict()).to.equal('once');
    add('other');
    expect(evict()).to.equal('other');
    expect(evict()).to.equal('twice');
  });

  it('puts a key that comes back soon among those that stay', () => {
    const { add, evict } = makePolicy();
    for (const key of 'abcdefghij') add(key);
    expect(evict()).to.equal('a');
    add('a');
    expect([...'bcdefghij'].map(() => evict())).to.deep.equal([...'bcdefghij']);
    expect(evict()).to.equal('a');
  });

  it('forgets a key that comes back late', () => {
    const { add, evict } = makePolicy();
    for (const key of 'abcdefghij') add(key);
    evict();
    for (let index = 0; index < 12; index++) {
      add(`once ${index}`);
      evict();
    }
    add('a');
    add('last');
    for (let index = 0; index < 9; index++) evict();
    expect(evict()).to.equal('a');
    expect(evict()).to.equal('last');
  });

  it('takes an expired record when it meets it, however much it was used', () => {
    const { policy, add, evict } = makePolicy();
    const records = [...'abcd'].map((key) => add(key, { expiresAt: key === 'c' ? 5 : Infinity }));
    for (const record of [...records, ...records, ...records]) policy.touch(record);
    expect(evict(5)).to.equal('c');
  });

  it('measures the small queue in bytes where the bytes are bounded', () => {
    const { policy, add, evict } = makePolicy({ maxBytes: 1000, maxEntries: Infinity });
    const large = add('large', { size: 800 });
    for (let times = 0; times < 2; times++) policy.touch(large);
    add('small 1', { size: 60 });
    add('small 2', { size: 60 });
    expect(evict()).to.equal('small 1');
    expect(evict()).to.equal('large');
  });
});
