import type { LogRecord } from '@cachewarp/core';
import { expect } from 'chai';
import { markerField, readMarker, readRow, writeRecord } from '#src/log/record-text.js';

const rowOf = (seq: number, text: string): unknown => [
  Buffer.from(`${seq}-0`),
  ['t', 'token', 'r', text, 'a', '1'].map((part) => Buffer.from(part)),
];

describe('records in the stream', () => {
  it('come back as they went in, in the time of whoever reads', () => {
    const record: LogRecord = {
      seq: 9,
      markers: [
        { kind: 'key', name: 'k' },
        { kind: 'tag', name: 'тег' },
        { kind: 'prefix', name: 'p:' },
        { kind: 'all', name: '' },
      ],
      soft: true,
      at: 1_000.5,
      by: 'me',
      reason: 'because',
      isSet: true,
    };

    expect(readRow(rowOf(9, writeRecord(record, 5_000)), 5_000)).to.deep.equal(record);
    expect(readRow(rowOf(9, writeRecord(record, 5_000)), 0).at).to.equal(6_000.5);
  });

  for (const [what, text] of [
    ['is no JSON', '{'],
    ['is of another kind', '[[["x","y"]],0,1,null,null,0]'],
    ['names nothing', '[[],0,1,null,null,0]'],
  ] as const) {
    it(`that ${what} count as the invalidation of everything`, () => {
      const { seq, markers, soft } = readRow(rowOf(3, text), 0);
      expect({ seq, markers, soft }).to.deep.equal({ seq: 3, markers: [{ kind: 'all', name: '' }], soft: false });
    });
  }
});

describe('markers in the hash', () => {
  it('come back as they went in', () => {
    const field = Buffer.from(markerField({ kind: 'tag', name: 'a:b' }));
    expect(readMarker(field, Buffer.from('3|4|1000.5'), 500)).to.deep.equal({
      marker: { kind: 'tag', name: 'a:b' },
      hard: 3,
      soft: 4,
      softAt: 500.5,
    });
  });

  it('that cannot be read mean that their target is invalid', () => {
    expect(readMarker(Buffer.from('k:key'), Buffer.from('nonsense'), 0)).to.include({ hard: Number.MAX_SAFE_INTEGER });
  });

  it('are not confused with the other fields', () => {
    for (const field of ['epoch', 'seq', 'floor', 'gen', 'run']) {
      expect(readMarker(Buffer.from(field), Buffer.from('1|0|0'), 0)).to.equal(undefined);
    }
  });
});
