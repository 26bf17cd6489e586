import { expect } from 'chai';
import * as fc from 'fast-check';
import type { Evictable } from '#src/store/eviction/eviction-policy.js';
import { RecordLists } from '#src/store/eviction/record-lists.js';
import { makeRecord } from './make-record.js';

const LISTS = 3;

function contents(lists: RecordLists<Evictable>): string[][] {
  return Array.from({ length: LISTS }, (_, list) => {
    const keys: string[] = [];
    for (let record = lists.oldest(list); record !== undefined; record = lists.oldest(list)) {
      lists.leave(record);
      keys.push(record.key);
    }
    return keys;
  });
}

describe('RecordLists', () => {
  it('keeps each list in the order in which records came into it', () => {
    const list = fc.nat(LISTS - 1);
    const step = fc.oneof(
      { arbitrary: fc.record({ do: fc.constant('enter' as const), list, which: fc.nat() }), weight: 3 },
      { arbitrary: fc.record({ do: fc.constant('move' as const), list, which: fc.nat() }), weight: 3 },
      { arbitrary: fc.record({ do: fc.constant('leave' as const), list, which: fc.nat() }), weight: 1 },
      { arbitrary: fc.record({ do: fc.constant('replace' as const), list, which: fc.nat() }), weight: 1 },
    );
    fc.assert(
      fc.property(fc.array(step, { size: 'max', maxLength: 800 }), (steps) => {
        const lists = new RecordLists(LISTS);
        const expected: Evictable[][] = Array.from({ length: LISTS }, () => []);
        for (const [index, { do: what, list: to, which }] of steps.entries()) {
          const all = expected.flat();
          const record = all[which % all.length];
          const home = expected.find((each) => each.includes(record!));
          if (what === 'enter' || record === undefined || home === undefined) {
            const newcomer = makeRecord(`${index}`);
            lists.enter(to, newcomer);
            expected[to]!.push(newcomer);
          } else if (what === 'replace') {
            const other = makeRecord(`${index}`);
            lists.replace(record, other);
            home.splice(home.indexOf(record), 1, other);
            expect(record.slot).to.equal(0);
          } else {
            home.splice(home.indexOf(record), 1);
            if (what === 'leave') {
              lists.leave(record);
              expect(record.slot).to.equal(0);
            } else {
              lists.move(to, record);
              expected[to]!.push(record);
            }
          }
        }
        expect(contents(lists)).to.deep.equal(expected.map((each) => each.map(({ key }) => key)));
      }),
    );
  });

  it('keeps its order when links outgrow 16 bits', () => {
    const lists = new RecordLists(LISTS);
    const records = Array.from({ length: 70_000 }, (_, index) => makeRecord(`${index}`));
    for (const [index, record] of records.entries()) lists.enter(index % LISTS, record);
    for (const record of records.slice(0, 100)) lists.move(1, record);
    const [first, second, third] = contents(lists);
    expect(first).to.deep.equal(
      records
        .slice(100)
        .filter((_, index) => (index + 100) % LISTS === 0)
        .map(({ key }) => key),
    );
    expect(second!.slice(-100)).to.deep.equal(records.slice(0, 100).map(({ key }) => key));
    expect(first!.length + second!.length + third!.length).to.equal(70_000);
  });
});
