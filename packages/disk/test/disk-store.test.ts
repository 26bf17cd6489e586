import { EventBus, systemClock } from '@cachewarp/core';
import { describeCacheStore, describeSharedTier, FakeClock } from '@cachewarp/core/testing';
import { diskStore } from '#src/disk-store.js';
import { makeDirectory } from './make-directory.js';

const clock = new FakeClock();
const open = (path: string, at = clock) =>
  diskStore({ path }).open({ name: 'app', clock: at, random: () => 0.5, events: new EventBus() });

describeSharedTier(
  'diskStore under a clock of the test',
  () => {
    const { path, remove } = makeDirectory();
    return { source: () => diskStore({ path }), cleanUp: remove };
  },
  { clock },
);

describeSharedTier(
  'diskStore',
  () => {
    const { path, remove } = makeDirectory();
    return { source: () => diskStore({ path }), cleanUp: remove };
  },
  { clock: systemClock },
);

describeCacheStore(
  'diskStore',
  () => {
    const { path, remove } = makeDirectory();
    return { store: open(path).store, cleanUp: remove };
  },
  { clock },
);
