import { expect } from 'chai';
import { TinyLfuPolicy } from '#src/store/eviction/tiny-lfu.js';
import { makeRecord } from './make-record.js';

const TEN = { maxBytes: Number.MAX_SAFE_INTEGER, maxEntries: 10 };

function makePolicy() {
  const policy = new TinyLfuPolicy(TEN);
  const add = (key: string, expiresAt = Infinity) => {
    const record = makeRecord(key, { expiresAt });
    policy.add(record);
    return record;
  };
  return { policy, add, evict: (now = 0) => policy.evict(now)?.key };
}

describe('TinyLfuPolicy', () => {
  it('gives a place only to who was asked for more often than who would have to leave', () => {
    const { policy, add, evict } = makePolicy();
    const records = [...'abcdefgh'].map((key) => add(key));
    add('once');
    const often = add('often');
    for (const record of records) policy.touch(record);
    for (let times = 0; times < 3; times++) policy.touch(often);
    expect(evict()).to.equal('once');
    add('newcomer');
    expect(evict()).to.equal('newcomer');
    add('newest');
    expect(evict()).to.equal('a');
  });

  it('lets who was used stay in the window, and protects who was used outside of it', () => {
    const { policy, add, evict } = makePolicy();
    const records = [...'abcdefghij'].map((key) => add(key));
    for (const index of [0, 8]) policy.touch(records[index]!);
    expect(evict()).to.equal('j');
    add('newest');
    expect(evict()).to.equal('b');
  });

  it('remembers how often a key was asked for while it was not there', () => {
    const { policy, add, evict } = makePolicy();
    const records = [...'abcdefghij'].map((key) => add(key));
    for (const record of records.slice(0, 8)) policy.touch(record);
    for (const record of records.slice(8)) policy.remove(record);
    const left = [];
    for (const passing of ['x', 'y', 'z']) {
      add('wanted');
      const record = add(passing);
      left.push(evict());
      policy.remove(record);
    }
    expect(left).to.deep.equal(['wanted', 'wanted', 'a']);
  });

  it('takes an expired record of the two it compares', () => {
    const { policy, add, evict } = makePolicy();
    const records = [...'abcdefghij'].map((key) => add(key, key === 'a' ? 5 : Infinity));
    for (let times = 0; times < 5; times++) for (const record of records.slice(1, 3)) policy.touch(record);
    expect(evict(5)).to.equal('a');
    const { add: addToOther, evict: evictOther } = makePolicy();
    for (const key of 'abcdefghij') addToOther(key, key === 'i' ? 5 : Infinity);
    expect(evictOther(5)).to.equal('i');
  });
});
