import type { CacheEntry } from '@cachewarp/core';
import { expect } from 'chai';
import fc from 'fast-check';
import { readValue, writeValue, type WriteOptions } from '#src/entries/stored-value.js';

const options: WriteOptions = {
  generation: 'abcdefgh',
  token: 'token-------',
  shiftMs: 0,
  compression: 'none',
  compressAbove: 1,
};

function entryOf(value: unknown, parts: Partial<CacheEntry> = {}): CacheEntry {
  const times = {
    createdAt: 1_000.25,
    freshUntil: 2_000.5,
    staleUntil: 0,
    errorUntil: Infinity,
    keepUntil: 0,
    loadMs: 1,
  };
  return {
    value,
    ...times,
    isError: false,
    tags: ['t'],
    parent: undefined,
    epoch: 'e',
    position: 7.5,
    size: 1,
    ...parts,
  };
}

describe('stored values', () => {
  for (const compression of ['none', 'gzip', 'brotli'] as const) {
    it(`come back as they went in (${compression})`, async () => {
      const entry = entryOf({ text: 'ab'.repeat(5_000), when: new Date(3) });
      const bytes = await writeValue(entry, { ...options, compression });

      expect(readValue(bytes, 'abcdefgh', 0)).to.deep.equal(entry);
      expect(bytes.length < 2_000).to.equal(compression !== 'none');
    });
  }

  it('are not compressed below the threshold, nor where that gains nothing', async () => {
    const short = await writeValue(entryOf('x'.repeat(100)), {
      ...options,
      compression: 'gzip',
      compressAbove: 10_000,
    });
    const noise = Buffer.from(Array.from({ length: 5_000 }, (_, at) => (at * at * 31 + at * 17) >> 3));
    const random = await writeValue(entryOf(noise.map(() => Math.random() * 256)), { ...options, compression: 'gzip' });

    expect([short[1], random[1]]).to.deep.equal([0, 0]);
  });

  it('hold instants in the time of Redis, and windows that are none stay none', async () => {
    const entry = entryOf(1);
    const bytes = await writeValue(entry, { ...options, shiftMs: 5_000 });

    expect(readValue(bytes, 'abcdefgh', 5_000)).to.deep.equal(entry);
    const elsewhere = readValue(bytes, 'abcdefgh', 0)!;
    expect([elsewhere.createdAt, elsewhere.freshUntil]).to.deep.equal([6_000.25, 7_000.5]);
    expect([elsewhere.staleUntil, elsewhere.errorUntil]).to.deep.equal([0, Infinity]);
  });

  it('of another generation are a miss', async () => {
    expect(readValue(await writeValue(entryOf(1), options), 'abcdefgX', 0)).to.equal(undefined);
  });

  it('in which any byte was changed, or of which any part is missing, are whole or a miss: never another value', async () => {
    for (const compression of ['none', 'gzip', 'brotli'] as const) {
      const entry = entryOf({ text: 'some text '.repeat(30) });
      const bytes = await writeValue(entry, { ...options, compression });
      fc.assert(
        fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
          const spoilt = Buffer.from(bytes);
          spoilt[at] = spoilt[at]! ^ change;
          const found = readValue(spoilt, 'abcdefgh', 0);
          if (found !== undefined) expect(found).to.deep.equal(entry);
          expect(readValue(bytes.subarray(0, at), 'abcdefgh', 0)).to.equal(undefined);
        }),
      );
    }
  });

  it('of foreign bytes are a miss', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(readValue(Buffer.from(bytes), 'abcdefgh', 0)).to.equal(undefined);
      }),
    );
  });
});
