import { createCache, defineKey } from '@cachewarp/core';
import { expect } from 'chai';
import { createMetrics } from '#src/create-metrics.js';

describe('the labels of metrics', () => {
  const userById = defineKey('bounded-user', (id: number) => [id]);

  it('stay the same few with a million keys', async function () {
    this.timeout(180_000);
    const cache = createCache({ name: 'big', memory: { maxEntries: 1_000 }, defaults: { ttl: 60 } });
    const metrics = createMetrics({ cache });
    await cache.getOrLoad('raw-0', () => 0);
    await cache.getOrLoad(userById.of(0), () => 0);
    await cache.invalidate('raw-0');
    const series = seriesOf(await metrics.text());

    for (let index = 0; index < 500_000; index++) {
      // A loader that answers at once ends the load within the call: nothing needs to be awaited.
      void cache.getOrLoad(`raw-${index}(x)`, () => index);
      void cache.getOrLoad(userById.of(index), () => index);
    }
    await cache.invalidate(['raw-7', { tag: 'some-tag' }, { prefix: 'raw-8' }]);

    const text = await metrics.text();
    expect(seriesOf(text)).to.deep.equal(series);
    expect(text).to.match(/cachewarp_requests_total\{cache="big",route="bounded-user",status="miss"\} 500000/);
    expect(text).to.not.include('raw-');
    expect(text).to.not.include('some-tag');
  });
});

/** Every series of a text, without its value. */
function seriesOf(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.slice(0, line.lastIndexOf(' ')));
}
