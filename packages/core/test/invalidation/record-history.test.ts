import { expect } from 'chai';
import type { LogRecord } from '#src/invalidation/invalidation-log.js';
import { RecordHistory } from '#src/invalidation/record-history.js';

const record = (seq: number): LogRecord => ({ seq, markers: [{ kind: 'key', name: 'a' }], soft: false, at: 0 });

function makeHistory(count: number): RecordHistory {
  const history = new RecordHistory();
  for (let seq = 1; seq <= count; seq++) history.add(record(seq));
  return history;
}

describe('RecordHistory', () => {
  it('tells the newest first, as many as there are or are asked for', () => {
    const history = makeHistory(3);

    expect(history.recent(2).map(({ seq }) => seq)).to.deep.equal([3, 2]);
    expect(history.recent(Infinity).map(({ seq }) => seq)).to.deep.equal([3, 2, 1]);
    expect(new RecordHistory().recent(5)).to.deep.equal([]);
  });

  it('leaves out that a value was set', () => {
    const history = makeHistory(1);
    history.add({ ...record(2), isSet: true });

    expect(history.recent(5).map(({ seq }) => seq)).to.deep.equal([1]);
  });

  it('keeps the newest 1000', () => {
    for (const count of [1_500, 2_001, 5_000]) {
      const told = makeHistory(count).recent(Infinity);

      expect([told.length, told[0]!.seq, told.at(-1)!.seq]).to.deep.equal([1_000, count, count - 999]);
    }
  });
});
