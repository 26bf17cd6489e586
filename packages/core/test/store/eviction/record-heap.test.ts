import { expect } from 'chai';
import * as fc from 'fast-check';
import { RecordHeap } from '#src/store/eviction/record-heap.js';
import { makeRecord } from './make-record.js';

describe('RecordHeap', () => {
  it('answers the lowest rank first, equal ranks in the order of their ranking, raised ones at their new place', () => {
    const ranks = fc.array(fc.record({ rank: fc.nat(9), raisedBy: fc.nat(5), leaves: fc.boolean() }));
    fc.assert(
      fc.property(ranks, (given) => {
        const heap = new RecordHeap();
        const held = given.map(({ rank }, index) => {
          const record = makeRecord(`${index}`);
          heap.enter(record, rank);
          return { record, rank, rankedAt: index };
        });
        for (const [index, { raisedBy, leaves }] of given.entries()) {
          const each = held[index]!;
          each.rank += raisedBy;
          each.rankedAt = given.length + index;
          heap.raise(each.record.slot, each.rank);
          if (leaves) heap.leave(each.record.slot);
        }
        const expected = held
          .filter((_, index) => !given[index]!.leaves)
          .toSorted((a, b) => a.rank - b.rank || a.rankedAt - b.rankedAt)
          .map(({ record }) => record.key);
        const answered: string[] = [];
        for (let slot = heap.first(); slot !== 0; slot = heap.first()) answered.push(heap.leave(slot).key);
        expect(answered).to.deep.equal(expected);
      }),
    );
  });
});
