import { expect } from 'chai';
import * as fc from 'fast-check';
import type { Evictable } from '#src/store/eviction/eviction-policy.js';
import { RecordQueue } from '#src/store/eviction/record-queue.js';
import { MOST_PLACE, placeOf, queueOf, usesOf } from '#src/store/eviction/slot.js';
import { makeRecord } from './make-record.js';

describe('RecordQueue', () => {
  const steps = fc.array(
    fc.record({ enters: fc.nat(40), uses: fc.nat(15), leavesAt: fc.array(fc.nat(), { maxLength: 40 }) }),
    {
      maxLength: 60,
    },
  );

  it('keeps the order in which records came, with holes where some left, as it grows and moves together', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const queue = new RecordQueue(2);
        const held: { record: Evictable; uses: number }[] = [];
        for (const { enters, uses, leavesAt } of all) {
          for (let times = 0; times < enters; times++) {
            const record = makeRecord('key', { size: times });
            queue.enter(record, uses);
            held.push({ record, uses });
          }
          for (const at of leavesAt) {
            if (held.length === 0) break;
            const [gone] = held.splice(at % held.length, 1);
            queue.leave(gone!.record);
            expect(gone!.record.slot).to.equal(0);
          }
          expect(queue.oldest()).to.equal(held[0]?.record);
          expect(queue.count).to.equal(held.length);
          expect(queue.bytes).to.equal(held.reduce((sum, { record }) => sum + record.size, 0));
          for (const { record, uses: before } of held)
            expect([queueOf(record), usesOf(record)]).to.deep.equal([2, before]);
        }
        for (const { record } of held) {
          expect(queue.oldest()).to.equal(record);
          queue.leave(record);
        }
        expect(queue.oldest()).to.equal(undefined);
      }),
      { numRuns: 60 },
    );
  });

  it('counts its places round: it goes on where they end', () => {
    const queue = new RecordQueue(1);
    const [first, ...others] = Array.from({ length: 50 }, (_, index) => makeRecord(`${index}`));
    const turn = makeRecord('turn');
    queue.enter(turn, 0);
    while (placeOf(turn) < MOST_PLACE - 10) {
      queue.leave(turn);
      queue.oldest();
      queue.enter(turn, 0);
    }
    queue.enter(first!, 0);
    queue.leave(turn);
    for (const record of others) queue.enter(record, 3);
    expect(placeOf(others.at(-1)!)).to.be.below(50);
    for (let index = 0; index < 100; index++) queue.enter(makeRecord('more'), 0);
    for (const record of [first!, ...others]) {
      expect(queue.oldest()).to.equal(record);
      queue.leave(record);
    }
    expect(queue.oldest()!.key).to.equal('more');
  });
});
