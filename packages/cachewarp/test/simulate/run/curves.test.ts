import { expect } from 'chai';
import { Curves, memoryOf } from '#src/simulate/run/curves.js';
import { Observer } from '#src/simulate/run/observer.js';
import { Tally } from '#src/simulate/run/tally.js';
import { oneTtl } from '#src/simulate/run/ttl-choice.js';
import type { SimulatedConfig } from '#src/simulate/simulated-config.js';
import { zipfRequests } from '../../support/zipf-requests.js';

/*
 * The estimates beside runs of the whole: 60,000 requests of 30,000 objects, of which the sample keeps at most 8,000 requests and the
 * ladder follows at most 4,000 keys.
 */
describe('Curves', () => {
  const MB = 1024 * 1024;

  function makeConfig(ttl: number, maxBytes: number, policy: 's3fifo' | 'lru' = 's3fifo'): SimulatedConfig {
    return { name: 'test', memory: { maxBytes, policy }, policy: { defaultTtl: ttl }, rules: [] };
  }

  async function replay(config: SimulatedConfig, observer?: Observer): Promise<Tally> {
    const tally = new Tally(config);
    for (const request of zipfRequests(60_000, 30_000)) {
      const seen = tally.see(request);
      observer?.note(request, seen);
    }
    await tally.close();
    return tally;
  }

  async function makeCurves(config: SimulatedConfig, observer: Observer): Promise<Curves> {
    const tally = await replay(config, observer);
    return new Curves({
      sample: observer.sample,
      ladder: observer.ladder,
      whole: { stats: tally.total, passedRequests: 0, passedBytes: 0 },
      memory: memoryOf(config),
      onStep: () => undefined,
    });
  }

  const small = { base: makeConfig(3600, 8 * MB), sizes: [2 * MB, 4 * MB, 16 * MB] };

  it('are exact where the sample holds everything', async () => {
    const observer = new Observer();
    const curves = await makeCurves(small.base, observer);
    expect(observer.sample.rate).to.equal(1);
    expect(observer.ladder.isExact).to.equal(true);
    const step = observer.ladder.ttlsMs.indexOf(300_000);
    const memory = { maxBytes: 2 * MB, maxEntries: undefined, policy: 'lru' } as const;
    const whole = (await replay(makeConfig(300, 2 * MB, 'lru'))).total;
    const estimate = await curves.estimate({ memory, ttl: oneTtl(step) });
    expect(estimate.hitRatio).to.be.closeTo(whole.hitRatio, 1e-9);
    expect(estimate.byteHitRatio).to.be.closeTo(whole.hitBytes / whole.bytes, 1e-9);
  }).timeout(60_000);

  it('over the memory are within 3 points of the whole, from a sample of one key in eight', async () => {
    const observer = new Observer(8_000, 4_000);
    const curves = await makeCurves(small.base, observer);
    expect(observer.sample.rate).to.equal(1 / 8);
    expect(observer.sample.length).to.be.at.most(8_000);
    for (const maxBytes of small.sizes) {
      const whole = (await replay(makeConfig(3600, maxBytes))).total;
      const memory = { ...memoryOf(small.base), maxBytes };
      const estimate = await curves.estimate({ memory, ttl: undefined });
      expect(estimate.hitRatio, `${maxBytes}`).to.be.closeTo(whole.hitRatio, 0.03);
    }
  }).timeout(60_000);

  it('over the ttl are within 2 points of the whole: hot keys are never left to chance', async () => {
    const observer = new Observer(8_000, 4_000);
    const roomy = makeConfig(60, 1024 * MB);
    const curves = await makeCurves(roomy, observer);
    expect(observer.ladder.isExact).to.equal(false);
    for (const ttlMs of [5_000, 60_000, 900_000]) {
      const step = observer.ladder.ttlsMs.indexOf(ttlMs);
      const whole = (await replay(makeConfig(ttlMs / 1000, 1024 * MB))).total;
      const estimate = await curves.estimate({ memory: memoryOf(roomy), ttl: oneTtl(step) });
      expect(estimate.hitRatio, `${ttlMs}`).to.be.closeTo(whole.hitRatio, 0.02);
    }
  }).timeout(60_000);

  it('never fall as memory grows, beyond what the sample may err by', async () => {
    const curve = await (await makeCurves(small.base, new Observer(8_000, 4_000))).overSize();
    for (const [index, { x, hitRatio }] of curve.entries()) {
      if (index === 0) continue;
      expect(x).to.be.above(curve[index - 1]!.x);
      expect(hitRatio).to.be.at.least(curve[index - 1]!.hitRatio - 0.01);
    }
    expect(curve.at(-1)!.hitRatio).to.be.above(curve[0]!.hitRatio + 0.05);
  }).timeout(60_000);
});
