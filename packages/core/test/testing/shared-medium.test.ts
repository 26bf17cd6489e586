import { describeCacheStore } from '#src/testing/describe-cache-store.js';
import { describeSharedTier } from '#src/testing/describe-shared-tier.js';
import { FakeClock } from '#src/testing/fake-clock.js';
import { SharedMedium } from '#src/testing/shared-medium.js';
import { EventBus } from '#src/telemetry/event-bus.js';

const clock = new FakeClock();

describeSharedTier(
  'SharedMedium',
  () => {
    const medium = new SharedMedium(clock);
    return { source: () => medium.node() };
  },
  { clock },
);

describeCacheStore(
  'SharedMedium',
  () => {
    const user = { name: 'app', clock, random: () => 0, events: new EventBus() };
    return { store: new SharedMedium(clock).node().open(user).store };
  },
  { clock },
);
