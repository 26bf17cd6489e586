import { expect } from 'chai';
import { DEFAULT_ADAPTIVE, resolveAdaptive, type AdaptiveOptions } from '#src/policy/adaptive/adaptive-options.js';

describe('resolveAdaptive', () => {
  it('has a budget of 2 % and bounds by content type', () => {
    expect(resolveAdaptive({})).to.deep.equal(DEFAULT_ADAPTIVE);
    expect(DEFAULT_ADAPTIVE).to.include({ staleBudget: 0.02, minMs: undefined, maxMs: undefined, isShadow: false });
  });

  it('reads every option', () => {
    const options = { staleBudget: 0.05, min: '2s', max: '1h', class: 'news', shadow: true, pressure: true } as const;
    expect(resolveAdaptive(options)).to.deep.equal({
      staleBudget: 0.05,
      minMs: 2000,
      maxMs: 3_600_000,
      className: 'news',
      isShadow: true,
      heedsPressure: true,
    });
  });

  it('lays options over others', () => {
    const base = resolveAdaptive({ staleBudget: 0.1, max: '1m' });
    expect(resolveAdaptive({ min: '5s' }, base)).to.include({ staleBudget: 0.1, minMs: 5000, maxMs: 60_000 });
  });

  const faults: readonly (readonly [AdaptiveOptions, string])[] = [
    [{ staleBudget: 0 }, 'adaptive.staleBudget must be above 0: with no budget nothing could be kept, got 0'],
    [{ staleBudget: 0.6 }, 'adaptive.staleBudget must be a number from 0 to 0.5, got 0.6'],
    [{ staleBudget: NaN }, 'adaptive.staleBudget must be a number from 0 to 0.5, got NaN'],
    [{ min: 0 }, 'adaptive.min must be a duration above 0'],
    [{ max: Infinity }, 'adaptive.max must be finite, got Infinity'],
    [{ min: '1m', max: '10s' }, 'adaptive.max must not be below min (60000 ms), got "10s"'],
    [{ class: '' }, 'adaptive.class must be text of 1 to 256 characters'],
    [{ shadow: 'yes' as never }, 'adaptive.shadow must be true or false, got "yes"'],
    [{ pressure: 3 as never }, 'adaptive.pressure must be true or false, got 3'],
    [{ budget: 0.1 } as never, 'adaptive.budget is not an option'],
    [5 as never, 'adaptive must be an object, got 5'],
  ];
  for (const [options, message] of faults) {
    it(`says: ${message}`, () => {
      expect(() => resolveAdaptive(options)).to.throw(message);
    });
  }

  it('says where a bound contradicts one that was inherited', () => {
    const base = resolveAdaptive({ max: '10s' });
    expect(() => resolveAdaptive({ min: '1m' }, base)).to.throw(
      'adaptive.min must not be above max (10000 ms), got "1m"',
    );
  });
});
