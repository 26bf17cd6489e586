import { expect } from 'chai';
import * as fc from 'fast-check';
import type { Evictable } from '#src/store/eviction/eviction-policy.js';
import { RecordHeap } from '#src/store/eviction/record-heap.js';
import { makeRecord } from './make-record.js';

describe('RecordHeap', () => {
  it('answers the earliest expiry first, and of equals the one that came first, whoever left between', () => {
    const instants = fc.array(fc.record({ expiresAt: fc.nat(9), leaves: fc.boolean() }), { maxLength: 200 });
    fc.assert(
      fc.property(instants, (given) => {
        const heap = new RecordHeap<Evictable>((record, other) => Number(record.key) < Number(other.key));
        const records = given.map(({ expiresAt }, index) => makeRecord(`${index}`, { expiresAt }));
        for (const record of records) heap.enter(record);
        for (const [index, { leaves }] of given.entries()) if (leaves) heap.leave(records[index]!);
        const expected = records
          .filter((_, index) => !given[index]!.leaves)
          .toSorted((a, b) => a.expiresAt - b.expiresAt || Number(a.key) - Number(b.key))
          .map(({ key }) => key);
        const answered: string[] = [];
        for (let first = heap.first(); first !== undefined; first = heap.first()) {
          heap.leave(first);
          expect(first.slot).to.equal(0);
          answered.push(first.key);
        }
        expect(answered).to.deep.equal(expected);
      }),
    );
  });
});
